// The total so far of a form that is being filled in. The server adds up what is
// kept; this only says where the assessor stands.
const form = document.querySelector<HTMLFormElement>("form.sheet[data-points]")!;
const running = form.querySelector<HTMLElement>(".running")!;

function say(): void {
  const summed = [...form.querySelectorAll<HTMLInputElement>("input[data-points]")];
  const items = new Set(summed.map((input) => input.name));
  const chosen = summed.filter((input) => input.checked);
  const total = chosen.reduce((sum, input) => sum + Number(input.dataset.points), 0);
  const all = chosen.length === items.size;
  const words = all ? running.dataset.all! : running.dataset.says!;
  const values: Record<string, number> = { total, n: chosen.length, all: items.size };
  const text = words.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  running.hidden = items.size === 0;
  if (running.textContent !== text) running.textContent = text;
}

form.addEventListener("change", say);
// A browser that comes back to the page fills in what was chosen before.
window.addEventListener("pageshow", say);
say();
