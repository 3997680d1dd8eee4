/** A browser without pages: it follows the provider's redirects, keeps its cookies and fills its forms in. */
export async function signInAtProvider(
  start: string,
  {
    login,
    until,
  }: { readonly login: string /** Our page: the address that comes back there is answered. */; readonly until: string },
): Promise<string> {
  const cookies = new Map<string, string>();
  let [address, form]: [string, URLSearchParams | undefined] = [start, undefined];
  for (let step = 0; step < 20; step += 1) {
    if (address.startsWith(until)) return address;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer: Response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    const page = await answer.text();
    const action = next ?? /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`the provider answered ${answer.status}: ${page.slice(0, 500)}`);
    form = next === null ? formOf(page, login) : undefined;
    address = new URL(action, address).href;
  }
  throw new Error('the provider goes round in circles');
}

/** What a form sends: its hidden fields, and the login where it asks for one. */
function formOf(page: string, login: string): URLSearchParams {
  const form = new URLSearchParams();
  for (const [field] of page.matchAll(/<input[^>]*type="hidden"[^>]*>/g))
    form.append(/name="([^"]*)"/.exec(field)?.[1] ?? '', /value="([^"]*)"/.exec(field)?.[1] ?? '');
  if (page.includes('name="login"')) {
    form.append('login', login);
    form.append('password', 'any');
  }
  return form;
}
