import { doubtStates, tickAges } from "./care";
import { t } from "./data";
import { Live, type Reading } from "./live";
import { Refresher } from "./refresh";
import { changesPage, keepNewer, showReading, tickAll } from "./tile";

const search = document.querySelector<HTMLFormElement>("#search")!;
const query = document.querySelector<HTMLInputElement>("#q")!;

function cards(): NodeListOf<HTMLElement> {
  return document.querySelectorAll<HTMLElement>("#board .card");
}

// filter hides the cards that the box does not ask for, as web/board.go would.
function filter(): void {
  const wish = query.value.trim().toLowerCase();
  let shown = 0;
  for (const card of cards()) {
    card.hidden = !card.dataset.filter!.toLowerCase().includes(wish);
    if (!card.hidden) shown++;
  }
  document.querySelector("#count")!.textContent = t("js.count", { shown, all: cards().length });
  document.querySelector<HTMLElement>("#empty")!.hidden = shown > 0;
}

const refresher = new Refresher((fetched) => {
  const board = document.querySelector<HTMLElement>("#board")!;
  const fresh = fetched.querySelector<HTMLElement>("#board")!;
  for (const card of cards()) {
    const next = fresh.querySelector<HTMLElement>(`[data-resident="${card.dataset.resident}"]`);
    if (next) for (const part of card.querySelectorAll<HTMLElement>("[data-metric]")) keepNewer(part, next);
  }
  board.replaceChildren(...fresh.children);
  document.querySelector("#empty")!.textContent = fetched.querySelector("#empty")!.textContent;
  filter();
  tickAll();
  tickAges();
});

function show(r: Reading): void {
  const card = document.querySelector<HTMLElement>(`#board [data-resident="${r.resident}"]`);
  const part = card?.querySelector<HTMLElement>(`[data-metric="${r.metric}"]`);
  if (part) showReading(part, r);
  else if (!card || changesPage(r)) refresher.soon();
}

const live = new Live("/api/v1/events", { reading: show, alert: () => refresher.now(), connected: () => refresher.soon() }, document.querySelector("#link")!);

function everySecond(): void {
  refresher.tick();
  live.tick(refresher.old);
  tickAll();
  tickAges();
  doubtStates();
}

setInterval(everySecond, 1000);
// A tab in the background, or a phone that slept, ticks slowly or not at all.
document.addEventListener("visibilitychange", everySecond);
window.addEventListener("pageshow", everySecond);

query.addEventListener("input", filter);
search.addEventListener("submit", (event) => event.preventDefault());
if (query.value) refresher.soon(); // the page came with a part of the residents only
