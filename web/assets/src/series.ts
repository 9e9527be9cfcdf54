import uPlot from "uplot";
import { serverNow } from "./clock";
import type { Point, Raw, Source, Span } from "./readings";

// Period is how long a chart looks back, and how finely it looks when there is
// more than can be drawn. Windows of whole hours can be answered from the hourly
// roll-ups, when raw readings are not kept any more.
export interface Period {
  seconds: number;
  every: string;
  step: number; // of every, in seconds
}

export const periods: Record<string, Period> = {
  "24h": { seconds: 86_400, every: "5m", step: 300 },
  "7d": { seconds: 7 * 86_400, every: "1h", step: 3_600 },
  "30d": { seconds: 30 * 86_400, every: "3h", step: 10_800 },
  around: { seconds: 3_600, every: "10s", step: 10 },
};

// untilNow is the period that ends now.
export function untilNow(name: string): Span {
  const to = Math.ceil(serverNow() / 1000);
  return { from: to - periods[name]!.seconds, to };
}

// mostRaw is how many readings are drawn one by one; more are drawn by windows.
const mostRaw = 600;

type Column = (number | null)[];

// Drawn is what a chart shows of one metric: columns for uPlot, in which null
// is a gap, and what is said about it in words.
export interface Drawn {
  columns: [number[], ...Column[]];
  // single is set when each reading is drawn, and not windows of them.
  single: boolean;
  doubted: Point[];
}

// lines are a metric's values: the mean, least and greatest of each window, or
// each reading.
export async function lines(readings: Source, metric: string, span: Span, period: Period, fresh: number): Promise<Drawn> {
  const count = await readings.count(metric, span);
  if (count <= mostRaw) {
    const raw = await readings.raw(metric, span, 2 * mostRaw);
    const fit = raw.filter((r) => !r.doubted);
    const doubted = raw.filter((r) => r.doubted);
    if (fit.length > 0 || count === 0) {
      const values = fit.map((r) => r.value);
      return { columns: gapped(fit.map((r) => r.at), [values], fresh), single: true, doubted };
    }
  }
  const [mean, min, max] = await Promise.all(["mean", "min", "max"].map((fn) => readings.windows(metric, span, period.every, fn)));
  const column = (points: Point[]) => points.map((p) => p.value);
  // A window's values are drawn in its middle.
  const times = mean!.map((p) => Math.min(p.at + period.step / 2, span.to));
  return { columns: gapped(times, [column(mean!), column(min!), column(max!)], Math.max(fresh, 1.5 * period.step)), single: false, doubted: [] };
}

// gapped puts a gap wherever two times are further apart than longest.
function gapped(times: number[], columns: number[][], longest: number): [number[], ...Column[]] {
  const at: number[] = [];
  const out: Column[] = columns.map(() => []);
  times.forEach((time, i) => {
    const before = times[i - 1];
    if (before !== undefined && time - before > longest) {
      at.push(before + longest);
      for (const column of out) column.push(null);
    }
    at.push(time);
    columns.forEach((column, c) => out[c]!.push(column[i]!));
  });
  return [at, ...out];
}

// join puts columns of several metrics on one axis of times.
export function join(drawn: Drawn[]): uPlot.AlignedData {
  return drawn.length === 1 ? (drawn[0]!.columns as uPlot.AlignedData) : uPlot.join(drawn.map((d) => d.columns as uPlot.AlignedData));
}

// sums are amounts by the hour, or by the day of the resident's zone.
export async function sums(readings: Source, metric: string, span: Span, zone: string): Promise<Drawn> {
  const hours = await readings.windows(metric, span, "1h", "sum");
  if (span.to - span.from <= 2 * 86_400) {
    return { columns: [hours.map((p) => p.at), hours.map((p) => p.value)], single: false, doubted: [] };
  }
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "numeric", minute: "numeric", hourCycle: "h23" });
  const days = new Map<number, number>();
  for (const p of hours) {
    const [hour, minute] = clock.format(p.at * 1000).split(":").map(Number);
    // A day with a change of summer time begins an hour beside: the same bar to the eye.
    const midnight = p.at - hour! * 3600 - minute! * 60;
    days.set(midnight, (days.get(midnight) ?? 0) + p.value);
  }
  return { columns: [[...days.keys()], [...days.values()]], single: false, doubted: [] };
}

// States are how something was over time: steps that hold until the next
// reading, and no longer than a reading stays fresh. What is not known is a gap.
export interface States extends Drawn {
  // seconds is how long each number held.
  seconds: Map<number, number>;
}

export async function states(readings: Source, metric: string, span: Span, period: Period, fresh: number, words: number): Promise<States> {
  const before: Span = { from: span.from - fresh, to: span.from };
  const [count, last] = await Promise.all([readings.count(metric, span), readings.raw(metric, before, 1)]);
  let points: Point[] = [];
  if (count <= mostRaw) points = (await readings.raw(metric, span, 2 * mostRaw)).filter((r) => !r.doubted);
  if (points.length === 0 && count > 0) {
    // Of two states the active one is shown, however short it was.
    points = await readings.windows(metric, span, period.every, words === 2 ? "max" : "last");
  }
  const known = [...last.filter((r) => !r.doubted).map((r) => ({ at: r.at, value: r.value })), ...points];
  const at: number[] = [];
  const value: Column = [];
  const seconds = new Map<number, number>();
  known.forEach((p, i) => {
    const next = known[i + 1]?.at ?? span.to;
    const begin = Math.max(p.at, span.from);
    const end = Math.min(next, p.at + fresh, span.to);
    if (end < begin) return;
    at.push(begin, end);
    value.push(p.value, p.value);
    if (end < next) {
      at.push(end + 0.001);
      value.push(null);
    }
    seconds.set(p.value, (seconds.get(p.value) ?? 0) + end - begin);
  });
  return { columns: [at, value], single: true, doubted: [], seconds };
}

// Events are moments at which something happened; the quiet number, 0, is none.
// heard is whether the sensor said anything at all that can be believed.
export async function events(readings: Source, metric: string, span: Span, period: Period): Promise<Drawn & { happened: Point[]; counted: boolean; heard: boolean }> {
  const count = await readings.count(metric, span);
  let points: Point[] = [];
  if (count <= mostRaw) points = (await readings.raw(metric, span, 2 * mostRaw)).filter((r: Raw) => !r.doubted);
  const counted = points.length > 0 || count === 0;
  if (!counted) points = await readings.windows(metric, span, period.every, "max");
  const happened = points.filter((p) => p.value !== 0);
  return { columns: [happened.map((p) => p.at), happened.map((p) => p.value)], single: true, doubted: [], happened, counted, heard: points.length > 0 };
}
