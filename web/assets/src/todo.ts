import { take } from "./refresh";

// mergeReminders brings what is due today up to a fetched page, unless somebody
// writes why something is skipped.
export function mergeReminders(fetched: Document): void {
  const shown = document.querySelector("#today");
  if (!shown || shown.querySelector("details[open]")) return;
  if (shown.contains(document.activeElement)) return;
  take("#today", fetched);
}
