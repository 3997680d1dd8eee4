import type { Reason } from './reasons.ts';
import type { TemplateName, TitleName } from './templates.ts';

/**
 * The words of one language. Places stand in braces: those that the template takes, `{why}` and `{remedy}` for a reason,
 * and everywhere `{authority}` and `{object}`: who decided, and how to object. Plain words, no links; nobody is asked to
 * pay by a message.
 */
export type Words = {
  /** Written from right to left: identifiers are isolated. */
  readonly rightToLeft: boolean;
  readonly titles: Readonly<Record<TitleName, string>>;
  readonly texts: Readonly<Record<TemplateName, string>>;
  /** Why, as a sentence about the device; and what its user can do, as one or two. */
  readonly reasons: Readonly<Record<Reason, { readonly why: string; readonly remedy: string }>>;
  /** Ends the text of a decision; has `{object}`. */
  readonly objection: string;
  /** Ends every text with a reference; has `{reference}`. */
  readonly quoting: string;
  /** In the place of an authority that the country file does not name. */
  readonly authority: string;
  /** In the place of a way to object that it does not name. */
  readonly object: string;
};
