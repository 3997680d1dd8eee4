import { Type } from 'typebox';
import { propose } from '../../access/approval.ts';
import { pauseRule, resumeRule, ruleFigures } from '../../cases/appeals/pause.ts';
import { pauses } from '../../decisions/stays.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line, text } from '../schema.ts';

const RULE = Type.String({ minLength: 1, maxLength: 64, description: 'The label of a condition.' });

/** How the decisions of rules fare, and rules that are paused because too many of theirs were overturned. */
export const RULE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/figures/rules',
    action: 'rule.read',
    about: 'Tells how many decisions of each rule were appealed against lately, and how many fell.',
    answer: Type.Object({
      rules: Type.Array(
        Type.Object({
          rule: Type.String(),
          decided: Type.Integer(),
          overturned: Type.Integer(),
          from: Type.String(),
          paused: Type.Optional(Type.String()),
        }),
      ),
    }),
    act: async (desk) => {
      const rules = await ruleFigures(desk);
      return {
        rules: rules.map(({ paused, ...figures }) => ({
          ...figures,
          ...(paused === undefined ? {} : { paused: paused.toISOString() }),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/rules/pauses',
    action: 'rule.read',
    about: 'Lists when which rule was paused.',
    answer: Type.Object({
      pauses: Type.Array(
        Type.Object({ rule: Type.String(), since: Type.String(), until: Type.Optional(Type.String()) }),
      ),
    }),
    act: async (desk) => ({
      pauses: (await pauses(desk.query, desk.policy.timeZone)).map(({ rule, since, until }) => ({
        rule,
        since,
        ...(until === undefined ? {} : { until }),
      })),
    }),
  }),
  route({
    method: 'POST',
    url: '/v1/rules/pause',
    action: 'rule.pause',
    about: 'Pauses a rule by hand: it decides nothing new.',
    body: closed({ rule: RULE, because: line(200) }),
    faults: ['CASE_EVIDENCE', 'STATE_MOVE'],
    act: (desk, { body }) => pauseRule(desk, body),
  }),
  route({
    method: 'POST',
    url: '/v1/rules/resumptions',
    action: 'rule.propose',
    about: 'Proposes to let a paused rule decide again; another person has to approve it.',
    body: closed({ rule: RULE, reason: text(2000) }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['ACCESS_REASON'],
    act: (desk, { body: { rule, reason } }) =>
      propose(desk, { kind: 'rule_resumption', subject: `rule:${rule}`, payload: null, reason }),
  }),
  route({
    method: 'POST',
    url: '/v1/rules/resume',
    action: 'rule.resume',
    about: 'Lets a paused rule decide again, once another person has approved it.',
    body: closed({ rule: RULE, approval: ID }),
    faults: ['ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: (desk, { body }) => resumeRule(desk, body),
  }),
];
