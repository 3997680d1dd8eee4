import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Html, html } from './html.ts';
import type { Report } from './report.ts';
import { accurate, blocked, found, listed, models, networks, places, shared, taken, tiles } from './section.ts';
import { grouped } from './write.ts';

const STYLE = readFileSync(path.join(import.meta.dirname, 'page.css'), 'utf8');
const HASH = createHash('sha256').update(STYLE).digest('base64');

/** What the page may do: show itself with its own style sheet. It loads, sends and runs nothing. */
export const POLICY = `default-src 'none'; style-src 'sha256-${HASH}'; base-uri 'none'; form-action 'none'`;

/** The whole report as one page that needs nothing beside it: no script, no file, no network. */
export function pageOf(report: Report): string {
  const { figures, devices, days } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${figures.country}: control lists of ${figures.date}</title>
${new Html(`<style>${STYLE}</style>`)}
</head>
<body>
<header>
<h1>${figures.country}, ${figures.date}</h1>
<p class="lead">A synthetic country of ${grouped(devices)} devices. Its operators’ data from ${days.first} to ${days.last}
were taken in, every identifier was judged, and the control lists were made. What is false in this country is known, so
that what was found can be held against the truth.</p>
${tiles(figures)}
</header>
<main>
${[found(report), accurate(report.accuracy), shared(figures), blocked(figures), listed(figures)]}
${[models(figures), networks(figures), taken(figures), places(report)]}
</main>
</body>
</html>
`.toString();
}
