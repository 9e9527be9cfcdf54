import uPlot from "uplot";
import { data, t } from "./data";
import type { Point, Span } from "./readings";

// Look is what the charts take from the style sheet, so that they follow the
// dark mode.
interface Look {
  ink: string;
  faint: string;
  grid: string;
  alarm: string;
  card: string;
  lines: string[];
  bands: string[];
}

export function look(): Look {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"),
    faint: colour("--faint"),
    grid: colour("--line"),
    alarm: colour("--critical"),
    card: colour("--card"),
    lines: [colour("--chart-1"), colour("--chart-2")],
    bands: [colour("--chart-1-band"), colour("--chart-2-band")],
  };
}

const font = "13px system-ui, sans-serif";

// times writes the ticks of the time axis: hours within a day, else dates, in
// the resident's zone.
function times(_: uPlot, ticks: number[], _axis: number, _space: number, step: number): string[] {
  const hour = new Intl.DateTimeFormat("en-GB", { timeZone: data.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(data.language, { timeZone: data.zone, day: "numeric", month: "numeric" });
  return ticks.map((tick) => {
    const clock = hour.format(tick * 1000);
    return step >= 86_400 || clock === "00:00" ? day.format(tick * 1000) : clock;
  });
}

// Marks are what is drawn over an alert's readings: the thresholds that it is
// about, and the moment at which it began, in Unix seconds.
export interface Marks {
  bounds: { value: number; label: string }[];
  moment?: number;
}

interface Drawing {
  width: number;
  span: Span;
  series: uPlot.Series[];
  bands?: uPlot.Band[];
  // y settles the other axis.
  y: uPlot.Axis;
  range?: uPlot.Scale.Range;
  height: number;
  doubted?: Point[];
  marks: Marks;
  // point is told which of the times is pointed at, null for none.
  point: (plot: uPlot, index: number | null | undefined) => void;
}

export function options(d: Drawing): uPlot.Options {
  const colours = look();
  const { faint, grid, ink } = colours;
  const y: uPlot.Scale = d.range ? { range: d.range } : {};
  return {
    width: d.width,
    height: d.height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone!),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    scales: { x: { range: () => [d.span.from, d.span.to] }, y },
    axes: [
      { stroke: ink, font, space: 52, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, values: times },
      { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false }, ...d.y },
    ],
    series: [{}, ...d.series],
    bands: d.bands ?? [],
    hooks: {
      setCursor: [(plot) => d.point(plot, plot.cursor.idx)],
      draw: [(plot) => crosses(plot, d.doubted ?? [], faint), (plot) => mark(plot, d.marks, colours)],
    },
  };
}

// crosses marks the doubtful values, at the edge when they lie outside.
function crosses(plot: uPlot, doubted: Point[], colour: string): void {
  const { left, top, width, height } = plot.bbox;
  const arm = 4 * devicePixelRatio;
  plot.ctx.save();
  plot.ctx.strokeStyle = colour;
  plot.ctx.lineWidth = 2 * devicePixelRatio;
  plot.ctx.beginPath();
  for (const p of doubted) {
    const x = Math.min(Math.max(plot.valToPos(p.at, "x", true), left + arm), left + width - arm);
    const y = Math.min(Math.max(plot.valToPos(p.value, "y", true), top + arm), top + height - arm);
    plot.ctx.moveTo(x - arm, y - arm);
    plot.ctx.lineTo(x + arm, y + arm);
    plot.ctx.moveTo(x - arm, y + arm);
    plot.ctx.lineTo(x + arm, y - arm);
  }
  plot.ctx.stroke();
  plot.ctx.restore();
}

// mark draws thresholds as dashed lines across, and the beginning as one down,
// each with its word: no colour is needed to tell them from the readings.
function mark(plot: uPlot, marks: Marks, { alarm, ink, card }: Look): void {
  const { left, top, width, height } = plot.bbox;
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const high = 16 * ratio;
  // say writes on a ground of its own, so that a line below does not cross it.
  const say = (text: string, x: number, y: number, colour: string): void => {
    ctx.fillStyle = card;
    ctx.fillRect(x, y, ctx.measureText(text).width + 6 * ratio, high);
    ctx.fillStyle = colour;
    ctx.fillText(text, x + 3 * ratio, y + high / 2);
  };
  ctx.save();
  ctx.font = `${13 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 2 * ratio;
  ctx.strokeStyle = alarm;
  ctx.setLineDash([8 * ratio, 5 * ratio]);
  for (const bound of marks.bounds) {
    const y = plot.valToPos(bound.value, "y", true);
    line(ctx, left, y, left + width, y);
    const above = y - high - 2 * ratio;
    say(bound.label, left, above < top ? y + 2 * ratio : above, alarm);
  }
  if (marks.moment !== undefined) {
    const x = plot.valToPos(marks.moment, "x", true);
    ctx.strokeStyle = ink;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    line(ctx, x, top, x, top + height);
    const word = t("js.began");
    const wide = ctx.measureText(word).width + 6 * ratio;
    say(word, x + wide > left + width ? x - wide : x + ratio, top, ink);
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

// lone finds the values that no line leads to: they are drawn as points, or
// they would not be seen.
export function lone(column: ArrayLike<number | null | undefined>): number[] {
  const known: (number | null)[] = []; // indexes; null for a gap
  for (let i = 0; i < column.length; i++) {
    if (column[i] === null) known.push(null);
    else if (column[i] !== undefined) known.push(i);
  }
  return known.filter((index, i): index is number => index !== null && known[i - 1] == null && known[i + 1] == null);
}
