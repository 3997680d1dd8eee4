import { type Knowledge, knowledgeOf } from '../registration/knowledge.ts';
import { refused } from '../registration/refusal.ts';
import type { House } from './house.ts';

/** What registration asks of lists and networks. @throws Refused API_BUSY where they are not at hand */
export function knowledgeIn({ analytics }: Pick<House, 'analytics'>): Knowledge {
  if (analytics !== undefined) return knowledgeOf(analytics.analytics);
  const message = 'The lists of models and of what networks saw are not at hand just now.';
  throw refused('API_BUSY', message, 'Ask again in a minute.');
}
