import { type Action, openly, REGULATOR, read, TRADE, write } from './action.ts';

/** Devices, thefts and losses, pairs and persons, disputes. */
export const CASE_ACTIONS = {
  'device.read': read(['citizen', 'operator', 'police', 'customs', ...TRADE, ...REGULATOR], {
    about: 'read a device: identifiers, model, state and history, but no persons',
    own: ['citizen', 'importer', 'maker', 'dealer'],
  }),
  'device.read_personal': read(['citizen', 'operator', 'police', 'analyst', 'approver'], {
    about: 'read who a device was seen with, paired to or registered to',
    own: ['citizen', 'operator', 'police'],
    personal: true,
  }),
  'device.enter': write(['analyst', 'system'], { about: 'enter a device by hand' }),
  'device.correct': write(['analyst'], { about: 'correct a fact about a device by a newer one' }),
  'device.dispute': write(['citizen', 'operator', 'police', ...TRADE], {
    about: 'say that a device, or a number on it, is not one’s own',
  }),
  'device.settle_dispute': write(['analyst', 'approver'], { about: 'decide such a dispute' }),
  'device.findings': read(['analyst', 'approver'], { about: 'read what is strange about devices' }),
  'device.close_finding': write(['analyst', 'approver'], {
    about: 'say what came of what is strange about a device',
  }),

  'theft.report': write(['citizen', 'operator', 'police', 'dealer'], { about: 'report a theft or loss' }),
  'theft.prove': write(['citizen', 'operator', 'dealer'], {
    about: 'prove past use or ownership of what was reported',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'theft.confirm': write(['police'], { about: 'confirm a report', own: ['police'] }),
  'theft.reject': write(['police', 'operator', 'analyst'], {
    about: 'reject a report, with a reason',
    own: ['police', 'operator'],
  }),
  'theft.observe': write(['system'], { about: 'enter that a network saw a device of a case' }),
  'theft.locate': write(['police'], { about: 'enter that the device was located', own: ['police'] }),
  'theft.seize': write(['police'], { about: 'take the device into custody, with a receipt', own: ['police'] }),
  'theft.hand_back': write(['police'], { about: 'hand the device back, with the owner’s receipt', own: ['police'] }),
  'theft.recover': write(['citizen', 'operator', 'police', 'dealer'], {
    about: 'say that one has the device again',
    own: ['citizen', 'operator', 'police', 'dealer'],
  }),
  'theft.withdraw': write(['citizen', 'operator', 'dealer'], {
    about: 'withdraw a report that holds nothing yet',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'theft.lift': write(['approver'], { about: 'end a confirmed hold by order of a court', heavy: 'unblock_by_order' }),
  'theft.propose': write(['analyst', 'approver'], { about: 'propose to end a confirmed hold by order of a court' }),
  'theft.close': write(['analyst', 'system'], { about: 'close a case that has ended' }),
  'theft.read': read(['citizen', 'operator', 'police', 'dealer', 'analyst', 'approver'], {
    about: 'read a case with its persons',
    own: ['citizen', 'operator', 'police', 'dealer'],
    personal: true,
  }),
  'theft.share': read(['police', 'operator', 'analyst', 'approver'], {
    about: 'read the minimum record that other countries are given',
  }),
  'trace.read': read(['police'], {
    about: 'open a sealed trace: who used a device after its hold began',
    own: ['police'],
    personal: true,
  }),
  'trace.receive': write(['police'], { about: 'sign for a trace that was handed over', own: ['police'] }),
  'trace.assign': write(['police', 'analyst', 'system'], {
    about: 'task a police unit with a trace',
    own: ['police'],
  }),

  'appeal.open': write(['citizen', 'operator', ...TRADE], { about: 'object to a decision, or complain' }),
  'appeal.withdraw': write(['citizen', 'operator', ...TRADE], {
    about: 'withdraw an objection',
    own: ['citizen', 'operator', ...TRADE],
  }),
  'appeal.answer': write(['operator', 'police', 'dealer'], {
    about: 'say why one’s own entry, which an appeal is against, was right',
  }),
  'appeal.decide': write(['analyst', 'approver'], { about: 'decide an appeal or complaint' }),
  'appeal.read': read(['citizen', 'operator', ...TRADE, 'analyst', 'approver'], {
    about: 'read an appeal or complaint',
    own: ['citizen', 'operator', ...TRADE],
    personal: true,
  }),
  'rule.pause': write(['approver', 'system'], { about: 'pause a rule whose decisions are overturned' }),
  'rule.propose': write(['analyst', 'approver'], { about: 'propose to let a paused rule decide again' }),
  'rule.resume': write(['approver'], { about: 'let a paused rule decide again', heavy: 'rule_resumption' }),
  'rule.read': openly('read how often the decisions of each rule were overturned'),

  'pair.make': write(['citizen', 'operator', 'system'], {
    about: 'pair a device to a subscriber',
    own: ['citizen', 'operator'],
  }),
  'pair.end': write(['citizen', 'operator', 'analyst', 'system'], {
    about: 'end a pair',
    own: ['citizen', 'operator'],
  }),
  'pair.move': write(['operator', 'system'], {
    about: 'let pairs follow a person: a new SIM, a number taken to another network',
    own: ['operator'],
  }),
  'pair.read': read(['citizen', 'operator', 'police', 'analyst', 'approver'], {
    about: 'read the pairs of a device or a subscriber',
    own: ['citizen', 'operator', 'police'],
    personal: true,
  }),
  'association.make': write(['citizen', 'operator', 'dealer', 'system'], {
    about: 'enter that a person has a device',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'association.end': write(['citizen', 'operator', 'analyst', 'system'], {
    about: 'enter that a person has a device no longer',
    own: ['citizen', 'operator'],
  }),
  'association.read': read(['citizen', 'operator', 'police', 'analyst', 'approver'], {
    about: 'read which devices a person has',
    own: ['citizen', 'operator', 'police'],
    personal: true,
  }),
} as const satisfies Readonly<Record<string, Action>>;
