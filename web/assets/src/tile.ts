import { age, serverNow, timestamp } from "./clock";
import { data, t, word } from "./data";
import type { Reading } from "./live";

// These write what web/templates/tile.html and web/tile.go write at first.

// showReading puts a reading into its place, unless something newer is there.
export function showReading(part: HTMLElement, r: Reading): void {
  const at = Date.parse(r.at);
  if (at < Number(part.dataset.at)) return;
  fill(part, word(r.text), at, (r.marks ?? []).join(","));
  repaint(part.closest<HTMLElement>(".tile")!);
}

function fill(part: HTMLElement, text: string, at: number, marks: string): void {
  part.textContent = text;
  part.dataset.at = String(at);
  part.dataset.marks = marks;
}

// changesPage reports whether a reading that has no place on the page yet means
// that the page has more to show: a new tile, or a device in trouble.
export function changesPage(r: Reading): boolean {
  const whenever = data.extras[r.metric];
  return whenever || (whenever === false && r.value !== 0) || r.metric === "online" || r.metric === "battery_low";
}

// keepNewer carries over what the shown part of the page has and a newly
// fetched one does not have yet: an event may have been faster than the page.
export function keepNewer(shown: HTMLElement, fetched: HTMLElement): void {
  const tile = shown.closest<HTMLElement>(".tile")!.dataset.tile;
  const part = fetched.querySelector<HTMLElement>(`[data-tile="${tile}"] [data-metric="${shown.dataset.metric}"]`);
  if (!part || Number(part.dataset.at) >= Number(shown.dataset.at)) return;
  fill(part, shown.textContent!, Number(shown.dataset.at), shown.dataset.marks!);
  repaint(part.closest<HTMLElement>(".tile")!);
}

function repaint(tile: HTMLElement): void {
  const doubts = new Set<string>();
  for (const part of tile.querySelectorAll<HTMLElement>("[data-metric]")) {
    for (const mark of part.dataset.marks!.split(",")) {
      // "Less than" and "more than" stand in the value itself.
      if (mark && mark !== "below" && mark !== "above") doubts.add(t(`mark.${mark}`));
    }
  }
  tile.classList.toggle("doubted", doubts.size > 0);
  tile.querySelector(".doubt")!.textContent = [...doubts].join(", ");
  tick(tile);
}

// tick brings a tile's age up to date, and makes an old value look old.
function tick(tile: HTMLElement): void {
  const shown = tile.querySelector<HTMLElement>(".age")!;
  const times = [...tile.querySelectorAll<HTMLElement>("[data-metric]")].map((part) => Number(part.dataset.at)).filter((at) => at > 0);
  tile.classList.toggle("never", times.length === 0);
  if (times.length === 0) return;
  const at = Math.min(...times);
  const since = serverNow() - at;
  const old = since > Number(tile.dataset.fresh);
  tile.classList.toggle("old", old);
  const text = old && !tile.classList.contains("past") ? t("age.old", { age: age(since) }) : age(since);
  if (shown.textContent === text) return;
  shown.textContent = text;
  shown.title = timestamp(at, tile.closest<HTMLElement>("[data-zone]")!.dataset.zone);
}

export function tickAll(): void {
  document.querySelectorAll<HTMLElement>(".tile").forEach(tick);
}
