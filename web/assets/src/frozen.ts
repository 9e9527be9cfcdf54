import type { Marks } from "./plot";
import type { Point, Raw, Source, Span } from "./readings";

// What web/alert.go, evidenceData, puts into a figure.
interface Evidence {
  from: number;
  to: number;
  began: number;
  points: { at: number; value: number; doubted?: boolean }[];
  bounds: { value: number; label: string }[];
}

// Frozen are readings that stand in the page: the evidence of an alert, which is
// the same for ever.
class Frozen implements Source {
  constructor(private readonly points: Raw[]) {}

  async raw(_metric: string, span: Span, limit: number): Promise<Raw[]> {
    return this.points.filter((p) => p.at >= span.from && p.at <= span.to).slice(-limit);
  }

  // An hour has at most a reading a second: each is drawn by itself, and windows
  // are asked for only when there are more than can be told apart.
  async windows(metric: string, span: Span, every: string, fn: string): Promise<Point[]> {
    const step = { "10s": 10, "1h": 3600 }[every] ?? 60;
    const windows = new Map<number, number[]>();
    for (const p of await this.raw(metric, span, Infinity)) {
      if (p.doubted) continue;
      const at = Math.floor(p.at / step) * step;
      windows.set(at, [...(windows.get(at) ?? []), p.value]);
    }
    return [...windows].map(([at, values]) => ({ at, value: reduce(values, fn) }));
  }

  async count(metric: string, span: Span): Promise<number> {
    return (await this.raw(metric, span, Infinity)).filter((p) => !p.doubted).length;
  }
}

function reduce(values: number[], fn: string): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return { count: values.length, sum, min: Math.min(...values), max: Math.max(...values), last: values.at(-1)! }[fn] ?? sum / values.length;
}

// frozen reads what a figure is drawn from.
export function frozen(figure: HTMLElement): { source: Source; span: Span; marks: Marks } {
  const evidence: Evidence = JSON.parse(figure.dataset.readings!);
  const points = evidence.points.map((p) => ({ at: p.at, value: p.value, text: String(p.value), doubted: p.doubted === true }));
  return { source: new Frozen(points), span: { from: evidence.from, to: evidence.to }, marks: { bounds: evidence.bounds, moment: evidence.began } };
}
