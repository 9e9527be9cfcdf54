// What the server gave the page: web/templates.go, scriptData.
interface Data {
  language: string;
  now: string;
  resident?: string;
  zone?: string;
  strings: Record<string, string>;
  extras: Record<string, boolean>;
}

export const data: Data = JSON.parse(document.getElementById("data")!.textContent!);

// t is the message of a key in the page's language, its {name}s filled in.
export function t(key: string, values: Record<string, string | number> = {}): string {
  let message = data.strings[key] ?? key;
  for (const [name, value] of Object.entries(values)) message = message.replaceAll(`{${name}}`, String(value));
  return message;
}

// word is a state's or event's word in the page's language; a number stays as it is.
export function word(text: string): string {
  return data.strings[`word.${text}`] ?? text;
}
