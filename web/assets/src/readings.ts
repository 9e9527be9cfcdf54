// Point is a value at a time in Unix seconds, which uPlot counts in.
export interface Point {
  at: number;
  value: number;
}

// Raw is one reading; a doubted one is not fit to be joined with the others.
export interface Raw extends Point {
  text: string;
  doubted: boolean;
}

// Span is a length of time, in Unix seconds.
export interface Span {
  from: number;
  to: number;
}

// Source is where a chart has its readings from.
export interface Source {
  // raw are the newest readings of a span, up to a limit.
  raw(metric: string, span: Span, limit: number): Promise<Raw[]>;
  // windows are a function of the readings of each window that has any.
  windows(metric: string, span: Span, every: string, fn: string): Promise<Point[]>;
  // count is how many there are that are fit to be drawn.
  count(metric: string, span: Span): Promise<number>;
}

const unfit = ["implausible", "jump", "low-quality"];

// Readings are the answers of /api/v1/residents/{id}/readings.
export class Readings implements Source {
  constructor(private readonly resident: string) {}

  private async get(metric: string, span: Span, rest: Record<string, string>): Promise<any> {
    const query = new URLSearchParams({
      metric,
      from: String(Math.round(span.from * 1000)),
      to: String(Math.round(span.to * 1000)),
      ...rest,
    });
    const url = `/api/v1/residents/${encodeURIComponent(this.resident)}/readings?${query}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return answer.json();
  }

  async raw(metric: string, span: Span, limit: number): Promise<Raw[]> {
    const answer = await this.get(metric, span, { limit: String(limit) });
    return (answer.readings ?? []).map((r: { at: string; value: number; text: string; marks?: string[] }) => ({
      at: Date.parse(r.at) / 1000,
      value: r.value,
      text: r.text,
      doubted: (r.marks ?? []).some((mark) => unfit.includes(mark)),
    }));
  }

  async windows(metric: string, span: Span, every: string, fn: string): Promise<Point[]> {
    const answer = await this.get(metric, span, { every, fn });
    return (answer.points ?? []).map((p: { at: string; value: number }) => ({ at: Date.parse(p.at) / 1000, value: p.value }));
  }

  async count(metric: string, span: Span): Promise<number> {
    const points = await this.windows(metric, span, "1h", "count");
    return points.reduce((sum, point) => sum + point.value, 0);
  }
}
