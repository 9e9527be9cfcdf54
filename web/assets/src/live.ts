import { setServerTime } from "./clock";
import { t } from "./data";

// Reading is one changed value, as /api/v1/events sends it.
export interface Reading {
  resident: string;
  device: string;
  metric: string;
  value: number;
  text: string;
  at: string;
  marks?: string[];
}

// Follower is the page that shows what Live hears.
interface Follower {
  reading?(r: Reading): void;
  // alert is called when an alert began or changed.
  alert(): void;
  // connected is called each time the stream begins: what was said before then
  // must be fetched.
  connected(): void;
}

// The server says hello every 15 seconds. Two of them may go missing.
const quietAfter = 35_000;
// A connection that breaks and comes back at once is not worth an alarm.
const grace = 5_000;
const retryAfter = 5_000;

// Live follows the server's events and says whether it still does. The page
// must never look live when it is not: a stream that is open and says nothing
// counts as lost.
export class Live {
  private source: EventSource | undefined;
  private opened = 0;
  private heard = Date.now();
  private broken = 0; // since when the stream is broken, 0 when it is not
  private everLive = false;
  private begins = true;

  constructor(
    private readonly url: string,
    private readonly follower: Follower,
    private readonly sign: HTMLElement,
  ) {
    this.broken = Date.now();
    this.open();
    this.tick();
  }

  private open(): void {
    this.source?.close();
    this.opened = Date.now();
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("open", () => (this.begins = true));
    source.addEventListener("error", () => {
      this.broken ||= Date.now();
      this.tick();
    });
    source.addEventListener("hello", (event) => {
      setServerTime(Date.parse(JSON.parse((event as MessageEvent<string>).data).now));
      this.hear();
      if (this.begins) {
        this.begins = false;
        this.follower.connected();
      }
    });
    source.addEventListener("reading", (event) => {
      this.hear();
      this.follower.reading?.(JSON.parse((event as MessageEvent<string>).data));
    });
    // What this person may see has changed: what the page shows may be too much.
    source.addEventListener("access", () => location.reload());
    source.addEventListener("alert", () => {
      this.hear();
      this.follower.alert();
    });
  }

  private hear(): void {
    this.heard = Date.now();
    this.broken = 0;
    this.everLive = true;
    this.show("live");
  }

  // tick looks whether the stream still lives, and opens it again when not. The
  // browser tries again by itself after most errors, but not after all of them. A
  // page that could not be fetched anew for long is not live either.
  tick(old = false): void {
    const now = Date.now();
    this.heard = Math.min(this.heard, now); // the device's clock may be set back
    const quiet = now - this.heard > quietAfter;
    if ((quiet || this.source!.readyState === EventSource.CLOSED) && now - this.opened > retryAfter) {
      this.broken ||= now;
      this.open();
    }
    if (old || quiet || (this.broken && now - this.broken > grace)) this.show("lost");
    else if (!this.everLive) this.show("connecting");
    else if (!this.broken) this.show("live");
  }

  private show(state: "connecting" | "live" | "lost"): void {
    if (document.documentElement.dataset.live === state) return;
    document.documentElement.dataset.live = state;
    // On the viewer's own clock: the residents may live in several zones.
    const time = new Date(this.heard).toLocaleTimeString("sv-SE", { hour: "2-digit", minute: "2-digit" });
    const words = { connecting: t("js.connecting"), live: t("js.live"), lost: t("js.not_live", { time }) };
    this.sign.querySelector(".words")!.textContent = words[state];
  }
}
