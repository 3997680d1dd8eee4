/** The weight of a media range's parameters: `q=0` refuses it (RFC 9110 §12.4.2); anything else takes it. */
function refused(parameters: string): boolean {
  const at = parameters.toLowerCase().indexOf('q=');
  if (at === -1) return false;
  const weight =
    parameters
      .slice(at + 2)
      .split(';', 1)[0]
      ?.trim() ?? '';
  return weight !== '' && Number(weight) === 0;
}

/** How closely a media range names `application/json`: 0 not at all, 1 by two stars, 2 by one, 3 by its name. */
function closeness(range: string): number {
  if (range === 'application/json') return 3;
  if (range === 'application/*') return 2;
  return range === '*/*' ? 1 : 0;
}

/**
 * Whether an Accept header takes `application/json` (RFC 9110 §12.5.1): the closest range that names it decides. Absent
 * means anything.
 */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === 'application/json' || accept === '*/*') return true;
  if (accept === 'application/json,application/problem+json' || accept === '') return true;
  let best = 0;
  let taken = false;
  for (const part of accept.split(',')) {
    const semicolon = part.indexOf(';');
    const range = (semicolon === -1 ? part : part.slice(0, semicolon)).trim().toLowerCase();
    const close = closeness(range);
    if (close <= best) continue;
    best = close;
    taken = semicolon === -1 || !refused(part.slice(semicolon + 1));
  }
  return taken;
}
