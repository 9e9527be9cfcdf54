import { data, t } from "./data";

// How far the server's clock is ahead of this device's, which may well be wrong.
let ahead = Date.parse(data.now) - Date.now();

// setServerTime takes in what the server says the time is.
export function setServerTime(now: number): void {
  ahead = now - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead;
}

// age is how long ago something was, in its largest unit. The server's age
// (web/locale.go) must say the same.
export function age(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return t("age.now");
  if (seconds < 60) return t("age.seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("age.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("age.hours", { n: hours });
  return t("age.days", { n: Math.floor(hours / 24) });
}

const formats = new Map<string, Intl.DateTimeFormat>();

// timestamp is a time in a zone as 2026-11-23 14:03:05; sv-SE writes it so.
export function timestamp(ms: number, zone: string | undefined): string {
  const key = zone ?? "";
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    formats.set(key, format);
  }
  return format.format(ms);
}
