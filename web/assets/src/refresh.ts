// Refresher fetches the page anew, at once when something asks for it and
// otherwise each minute: the server's own rendering is the one truth, and what
// the events do not tell (devices, new residents) comes with it.
export class Refresher {
  private due = Date.now() + everyMS;
  private last = 0;
  private busy = false;
  private fetched = Date.now();

  constructor(private readonly swap: (fetched: Document) => void) {}

  // old reports that the page could not be fetched for some time.
  get old(): boolean {
    return Date.now() - this.fetched > oldMS;
  }

  // soon asks for a fetch within seconds; many calls make one.
  soon(): void {
    this.due = Math.min(this.due, Math.max(Date.now() + 500, this.last + leastMS));
  }

  // now asks for a fetch at once: an alert does not wait with the readings.
  now(): void {
    this.due = Math.min(this.due, Math.max(Date.now(), this.last + urgentMS));
    setTimeout(() => this.tick(), Math.max(0, this.due - Date.now()));
  }

  tick(): void {
    const now = Date.now();
    this.last = Math.min(this.last, now); // the device's clock may be set back
    this.due = Math.min(this.due, now + everyMS);
    this.fetched = Math.min(this.fetched, now);
    if (this.busy || now < this.due) return;
    this.busy = true;
    this.last = now;
    this.due = now + everyMS;
    this.fetch()
      .catch(() => (this.due = Date.now() + leastMS)) // the sign of Live tells people
      .finally(() => (this.busy = false));
  }

  private async fetch(): Promise<void> {
    const answer = await fetch(location.pathname, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(20_000) });
    if (answer.type === "opaqueredirect") {
      location.reload(); // signed out: the server leads to the sign-in
      return;
    }
    if (!answer.ok) throw new Error(`${location.pathname}: ${answer.status}`);
    this.show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  }

  // show brings the page up to a newer rendering of it.
  show(fetched: Document): void {
    this.fetched = Date.now();
    if (script(fetched) !== script(document)) {
      location.reload(); // Anxin was updated
      return;
    }
    document.title = fetched.title;
    for (const part of ["#alarms", "#behind"]) take(part, fetched);
    const focused = document.activeElement?.getAttribute("href");
    this.swap(fetched);
    if (focused && document.activeElement === document.body) {
      document.querySelector<HTMLElement>(`#main a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
  }
}

const everyMS = 60_000;
const leastMS = 5_000;
const urgentMS = 1_000;
const oldMS = 150_000;

// take puts what a part of the fetched page holds into the shown one, unless it
// is the same: what is read aloud is read once.
export function take(part: string, fetched: ParentNode, shown: ParentNode = document): void {
  const from = fetched.querySelector(part);
  const to = shown.querySelector(part);
  if (!from || !to || from.innerHTML === to.innerHTML) return;
  to.replaceChildren(...from.childNodes);
}

function script(page: Document): string | null | undefined {
  return page.querySelector("script[type=module]")?.getAttribute("src");
}
