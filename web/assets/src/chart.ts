import uPlot from "uplot";
import { timestamp } from "./clock";
import { data, t } from "./data";
import { lone, look, type Marks, options } from "./plot";
import type { Source, Span } from "./readings";
import { events, join, lines, periods, states, sums } from "./series";

// What a chart is made of: an axis with its data, and a sentence that says the
// same to those who cannot see it.
interface Made {
  options: uPlot.Options;
  data: uPlot.AlignedData;
  summary: string;
}

// Chart draws one figure of web/templates/resident.html or alert.html.
export class Chart {
  private plot: uPlot | undefined;
  private made: ((width: number) => Made) | undefined;
  private load = 0;
  private readonly frame: HTMLElement;
  private readonly readout: HTMLElement;
  private readonly names: string[];
  private readonly metrics: string[];
  private readonly words: string[];

  constructor(
    private readonly figure: HTMLElement,
    private readonly readings: Source,
    private readonly marks: Marks = { bounds: [] },
  ) {
    this.frame = figure.querySelector<HTMLElement>(".plot")!;
    this.readout = figure.querySelector<HTMLElement>(".readout")!;
    this.metrics = figure.dataset.metrics!.split(" ");
    this.names = figure.dataset.names!.split("\n");
    this.words = figure.dataset.words!.split("\n");
    this.readout.textContent = t("js.loading");
    new ResizeObserver(() => this.fit()).observe(this.frame);
  }

  // show fetches the readings of a span and draws them, as finely as the period of
  // that name. Of several calls the last one counts.
  async show(span: Span, name: string): Promise<void> {
    const load = ++this.load;
    try {
      const make = await this.make(span, name);
      if (load !== this.load) return;
      this.made = make;
      this.figure.dataset.shown = name;
      this.draw();
    } catch (error) {
      if (load !== this.load) return;
      console.warn(error);
      // An old drawing must not pass for the new period's.
      this.clear();
      this.figure.dataset.shown = "failed";
      this.say(t("js.chart_failed"));
    }
  }

  // draw draws anew what was fetched, for another width or other colours.
  draw(): void {
    const made = this.made?.(this.frame.clientWidth);
    if (!made) return;
    this.plot?.destroy();
    this.plot = undefined;
    if (made.data[0].length > 0 && this.frame.clientWidth > 0) this.plot = new uPlot(made.options, made.data, this.frame);
    this.say(made.summary);
  }

  private clear(): void {
    this.plot?.destroy();
    this.plot = undefined;
    this.made = undefined;
  }

  private fit(): void {
    if (!this.plot && this.made) this.draw(); // it was out of sight until now
    if (this.plot && this.plot.width !== this.frame.clientWidth) {
      this.plot.setSize({ width: this.frame.clientWidth, height: this.plot.height });
    }
  }

  private say(text: string): void {
    this.readout.textContent = text;
    this.frame.setAttribute("aria-label", `${this.figure.querySelector("h3")!.textContent}: ${text}`);
  }

  // number rounds as vitals.Metric.Round does, so that 36.65, which floating
  // point holds a hair too low, is 36.7 here and on the tile.
  private number(value: number): string {
    const decimals = Number(this.figure.dataset.decimals);
    const steps = Math.abs(value) * 10 ** decimals;
    const rounded = Math.floor(steps + 0.5 + 1e-9 * Math.max(1, steps)) / 10 ** decimals;
    return (value < 0 ? -rounded : rounded).toFixed(decimals);
  }

  private make(span: Span, name: string): Promise<(width: number) => Made> {
    if (this.figure.dataset.kind === "bars") return this.bars(span);
    if (this.figure.dataset.kind === "line") return this.lines(span, name);
    return this.figure.dataset.past === undefined ? this.states(span, name) : this.events(span, name);
  }

  private async lines(span: Span, name: string): Promise<(width: number) => Made> {
    const fresh = Number(this.figure.dataset.fresh) / 1000;
    const drawn = await Promise.all(this.metrics.map((metric) => lines(this.readings, metric, span, periods[name]!, fresh)));
    const doubted = drawn.flatMap((d) => d.doubted);
    const joined = join(drawn);
    const summaries = drawn.flatMap((d, i) => {
      const present = (column: (number | null)[]) => column.filter((v) => v !== null);
      const mean = present(d.columns[1]!);
      if (mean.length === 0) return [];
      const values = {
        min: this.number(Math.min(...present(d.columns[2] ?? d.columns[1]!))),
        max: this.number(Math.max(...present(d.columns[3] ?? d.columns[1]!))),
        mean: this.number(mean.reduce((sum, v) => sum + v, 0) / mean.length),
      };
      const summary = t("js.summary", values);
      return [drawn.length > 1 ? `${this.names[i]}: ${summary}` : summary];
    });
    if (summaries.length + doubted.length === 0) summaries.push(t("js.no_data"));
    if (doubted.length > 0) summaries.push(t("js.doubted", { n: doubted.length }));
    const bounds = this.marks.bounds.map((b) => b.label).join(", ");
    if (bounds) summaries.push(t("js.bounds", { bounds }));
    const summary = summaries.join(" · ");
    return (width) => {
      const { lines: colours, bands } = look();
      const series: uPlot.Series[] = [];
      const between: uPlot.Band[] = [];
      drawn.forEach((d, i) => {
        const column = series.length + 1;
        series.push({
          stroke: colours[i]!,
          width: 2,
          ...(i > 0 ? { dash: [6, 4] } : {}), // two lines are told apart without colour
          points: { show: true, size: 6, fill: colours[i]!, filter: (plot, index) => (d.single && d.columns[0].length < 100 ? every(plot.data[index]!) : lone(plot.data[index]!)) },
        });
        if (d.single) return;
        for (let edge = 0; edge < 2; edge++) series.push({ width: 0, points: { show: false } });
        between.push({ series: [column + 2, column + 1], fill: bands[i]! });
      });
      const point = (plot: uPlot, index: number | null | undefined) => {
        const said = index == null ? [] : drawn.map((d, i) => this.sayPoint(plot, drawn, i, d.single, index)).filter((s) => s);
        this.readout.textContent = said.length > 0 ? `${timestamp(joined[0][index!]! * 1000, data.zone).slice(0, 16)} · ${said.join(" · ")}` : summary;
      };
      // A chart of doubtful values only still needs an axis to put them on.
      const only = joined[0].length === 0 ? doubted.map((p) => p.at) : [];
      const plotted = (only.length > 0 ? [only, ...series.map(() => only.map(() => null))] : joined) as uPlot.AlignedData;
      return {
        options: options({ width, height: 190, span, series, bands: between, doubted, marks: this.marks, point, range: this.range(doubted), y: { size: 48, values: (_, ticks) => ticks.map((v) => trim(v)) } }),
        data: plotted,
        summary,
      };
    };
  }

  // range leaves room around the values, and never less than ten of their
  // smallest steps: a temperature of 36.6 and one of 36.7 are not far apart.
  private range(doubted: { value: number }[]): uPlot.Scale.Range {
    const least = 10 * 10 ** -Number(this.figure.dataset.decimals);
    return (_, low, high) => {
      const bounds = this.marks.bounds.map((b) => b.value);
      const min = Math.min(...(low == null ? doubted.map((p) => p.value) : [low]), ...bounds);
      const max = Math.max(...(high == null ? doubted.map((p) => p.value) : [high]), ...bounds);
      const half = 0.55 * Math.max(max - min, least);
      return [(min + max) / 2 - half, (min + max) / 2 + half];
    };
  }

  private sayPoint(plot: uPlot, drawn: { single: boolean }[], i: number, single: boolean, index: number): string {
    let column = 1;
    for (const before of drawn.slice(0, i)) column += before.single ? 1 : 3;
    const at = (offset: number) => plot.data[column + offset]?.[index];
    const value = at(0);
    if (value == null) return "";
    const name = drawn.length > 1 ? `${this.names[i]} ` : "";
    if (single) return name + this.number(value);
    return name + t("js.band", { value: this.number(value), min: this.number(at(1)!), max: this.number(at(2)!) });
  }

  private async bars(span: Span): Promise<(width: number) => Made> {
    const drawn = await sums(this.readings, this.metrics[0]!, span, data.zone!);
    const values = drawn.columns[1] as number[];
    const total = values.reduce((sum, v) => sum + v, 0);
    const summary = values.length > 0 ? t("js.total", { total: this.number(total) }) : t("js.no_data");
    return (width) => {
      const { lines: colours, bands } = look();
      const series: uPlot.Series = {
        stroke: colours[0]!,
        fill: bands[0]!,
        width: 1,
        paths: uPlot.paths.bars!({ align: 1, size: [0.85, 60] }),
        points: { show: false },
      };
      const point = (_: uPlot, index: number | null | undefined) => {
        const at = index == null ? undefined : drawn.columns[0][index];
        this.readout.textContent = at === undefined ? summary : `${timestamp(at * 1000, data.zone).slice(0, 16)} · ${this.number(values[index!]!)}`;
      };
      return {
        options: options({ width, height: 170, span, series: [series], marks: this.marks, point, y: { size: 48 }, range: (_, __, max) => [0, Math.max(max, 1) * 1.05] }),
        data: drawn.columns as uPlot.AlignedData,
        summary,
      };
    };
  }

  private async states(span: Span, name: string): Promise<(width: number) => Made> {
    const fresh = Number(this.figure.dataset.fresh) / 1000;
    const drawn = await states(this.readings, this.metrics[0]!, span, periods[name]!, fresh, this.words.length);
    const whole = span.to - span.from;
    const parts = [...drawn.seconds].sort(([a], [b]) => a - b).map(([value, seconds]) => t("js.share", { word: this.word(value), percent: percent(seconds, whole) }));
    const known = [...drawn.seconds.values()].reduce((sum, s) => sum + s, 0);
    if (parts.length > 0 && percent(whole - known, whole) !== "0") parts.push(t("js.share", { word: t("js.unknown"), percent: percent(whole - known, whole) }));
    const paths = uPlot.paths.stepped!({ align: 1 });
    return this.strip(span, drawn.columns as uPlot.AlignedData, parts, paths);
  }

  private async events(span: Span, name: string): Promise<(width: number) => Made> {
    const drawn = await events(this.readings, this.metrics[0]!, span, periods[name]!);
    const times = new Map<number, number>();
    for (const p of drawn.happened) times.set(p.value, (times.get(p.value) ?? 0) + 1);
    let parts: string[] = [];
    if (drawn.counted) parts = [...times].sort(([a], [b]) => a - b).map(([value, n]) => t("js.times", { word: this.word(value), n }));
    // Windows in which something happened are not how often it did.
    else if (drawn.happened.length > 0) parts = [t("js.windows")];
    // A sensor that said that nothing happened is not one that said nothing.
    if (parts.length === 0 && drawn.heard) parts = [t("js.quiet")];
    return this.strip(span, drawn.columns as uPlot.AlignedData, parts, uPlot.paths.bars!({ size: [0, 3, 3] }));
  }

  private word(value: number): string {
    return this.words[value] ?? String(value);
  }

  // strip draws words over time: each has its own height, so that colour is not
  // needed to tell them.
  private strip(span: Span, columns: uPlot.AlignedData, parts: string[], paths: uPlot.Series.PathBuilder): (width: number) => Made {
    const summary = parts.length > 0 ? parts.join(" · ") : t("js.no_data");
    const values = [...new Set([0, ...(columns[1] as (number | null)[]).filter((v) => v !== null)])].sort((a, b) => a - b);
    const top = Math.max(values.at(-1)!, 1);
    const longest = Math.max(...values.map((value) => [...this.word(value)].reduce((sum, c) => sum + (c > "\u2e80" ? 13 : 7), 0)));
    return (width) => {
      const { lines: colours, bands } = look();
      const series: uPlot.Series = { stroke: colours[0]!, fill: bands[0]!, width: 2, paths, points: { show: false } };
      const point = (_: uPlot, index: number | null | undefined) => {
        const value = index == null ? null : columns[1]![index];
        this.readout.textContent = value == null ? summary : `${timestamp(columns[0][index!]! * 1000, data.zone).slice(0, 16)} · ${this.word(value)}`;
      };
      const y: uPlot.Axis = {
        size: Math.min(Math.max(48, longest + 14), width / 3),
        splits: () => values,
        values: (_, ticks) => ticks.map((v) => this.word(v)),
      };
      return {
        options: options({ width, height: 76 + 18 * values.length, span, series: [series], marks: { ...this.marks, bounds: [] }, point, y, range: () => [-0.15, top * 1.15] }),
        data: columns,
        summary,
      };
    };
  }
}

function every(column: ArrayLike<number | null | undefined>): number[] {
  const known: number[] = [];
  for (let i = 0; i < column.length; i++) if (column[i] != null) known.push(i);
  return known;
}

function trim(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function percent(part: number, whole: number): string {
  const exact = (100 * part) / whole;
  return exact > 0 && exact < 1 ? "<1" : String(Math.round(exact));
}
