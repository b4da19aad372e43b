/** HTML that is safe to put into a page: made by `html` only, which escapes whatever is put in. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | null | false | Markup | readonly Part[];

/** Template tag. Text and numbers are escaped for elements and quoted attributes; null and false are nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = strings[0] ?? '';
  parts.forEach((part, index) => {
    markup += render(part) + (strings[index + 1] ?? '');
  });
  return { markup };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a script element: nothing in it can end the element or start a comment, and it is still JSON. */
export function scriptJson(value: unknown): Markup {
  const markup = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { markup };
}

function render(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (isList(part)) return part.map(render).join('');
  return part.markup;
}

function isList(part: Markup | readonly Part[]): part is readonly Part[] {
  return Array.isArray(part);
}
