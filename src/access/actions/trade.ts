import { type Action, openly, REGULATOR, read, TRADE, write } from './action.ts';

/** Type approval, imports, sale and use, fees. */
export const TRADE_ACTIONS = {
  'approval.apply': write(['maker', 'importer', 'lab'], {
    about: 'apply for a type approval',
    own: ['maker', 'importer', 'lab'],
  }),
  'approval.test': write(['lab'], { about: 'hand in a test report', own: ['lab'] }),
  'approval.grant': write(['analyst', 'approver'], { about: 'grant or refuse a type approval' }),
  'approval.widen': write(['maker', 'importer', 'lab', 'analyst', 'approver'], {
    about: 'add TACs to a type approval',
    own: ['maker', 'importer', 'lab'],
  }),
  'approval.resume': write(['approver'], { about: 'let a suspended type approval count again' }),
  'approval.propose': write(['analyst', 'approver'], { about: 'propose to revoke a type approval' }),
  'approval.revoke': write(['approver'], { about: 'revoke a type approval', heavy: 'approval_revocation' }),
  'approval.read': read(['maker', 'importer', 'lab', 'customs', ...REGULATOR], {
    about: 'read applications and type approvals',
    own: ['maker', 'importer', 'lab'],
  }),
  'approval.verify': openly('verify the certificate of a type approval'),
  'brand.assign': write(['admin'], { about: 'say for which brands a maker or importer acts' }),
  'quota.set': write(['admin'], { about: 'set how many identifiers a maker or importer may declare' }),

  'consignment.declare': write(['importer', 'maker'], { about: 'declare a consignment', own: ['importer', 'maker'] }),
  'consignment.upload': write(['importer', 'maker'], {
    about: 'hand in the identifiers of a consignment',
    own: ['importer', 'maker'],
  }),
  'consignment.withdraw': write(['importer', 'maker'], {
    about: 'withdraw a consignment that was not released',
    own: ['importer', 'maker'],
  }),
  'consignment.read': read(['importer', 'maker', 'customs', ...REGULATOR], {
    about: 'read consignments and what was wrong in them, but no identifiers of others',
    own: ['importer', 'maker'],
  }),
  'consignment.ask': read(['customs'], { about: 'ask whether identifiers are in a consignment' }),
  'consignment.approve': write(['analyst', 'approver'], { about: 'agree to a consignment for the regulator' }),
  'consignment.refuse': write(['customs', 'analyst', 'approver'], { about: 'refuse a consignment' }),
  'consignment.decide': write(['customs'], { about: 'release or hold a consignment' }),
  'retail.assign': write(['importer', 'maker', 'dealer'], {
    about: 'pass stock on to a dealer',
    own: ['importer', 'maker', 'dealer'],
  }),
  'retail.read': read([...TRADE, 'analyst', 'approver'], { about: 'read the stock of a dealer', own: TRADE }),

  'device.activate': write(['system'], { about: 'register a device by its first activation' }),
  'device.import': write(['citizen', 'customs'], { about: 'register a device brought for oneself', own: ['citizen'] }),
  'device.refuse_import': write(['customs', 'analyst', 'approver'], {
    about: 'refuse a device that somebody brought',
  }),
  'device.transfer': write(['citizen', 'operator', 'dealer'], {
    about: 'pass a device on to another person',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'device.refurbish': write(['dealer'], { about: 'enter that a device was refurbished', own: ['dealer'] }),
  'device.export': write(['citizen', 'importer', 'maker', 'dealer', 'customs'], {
    about: 'enter that a device left the country',
    own: ['citizen', 'importer', 'maker', 'dealer'],
  }),
  'device.retire': write(['citizen', 'operator', 'dealer', 'analyst'], {
    about: 'enter that a device is out of use for good',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'admission.open': write(['citizen', 'customs', 'operator', 'dealer', 'system'], {
    about: 'admit the device of a visitor for a time',
    own: ['citizen', 'operator', 'dealer'],
  }),
  'admission.extend': write(['citizen', 'customs', 'analyst'], {
    about: 'extend such an admission',
    own: ['citizen'],
  }),
  'admission.regularise': write(['citizen', 'customs', 'analyst'], {
    about: 'turn an admission into a registration, also late',
    own: ['citizen'],
  }),
  'admission.end': write(['citizen', 'customs', 'analyst', 'system'], {
    about: 'end an admission',
    own: ['citizen'],
  }),
  'admission.read': read(['citizen', 'operator', 'dealer', 'customs', 'analyst', 'approver'], {
    about: 'read admissions',
    own: ['citizen', 'operator', 'dealer'],
    personal: true,
  }),

  'fee.quote': openly('ask what something would cost'),
  'fee.assess': write(['customs', 'system'], { about: 'enter what is to be paid' }),
  'fee.pay': write(['customs', 'system'], { about: 'enter that it was paid, with the reference of the payment' }),
  'fee.waive': write(['approver'], { about: 'waive a fee, with its legal basis' }),
  'fee.refund': write(['approver'], { about: 'give back what was paid, with a reason' }),
  'fee.read': read(['citizen', ...TRADE, 'customs', ...REGULATOR], {
    about: 'read what is to be paid and what was',
    own: ['citizen', ...TRADE],
  }),
  'baseline.propose': write(['analyst', 'approver'], { about: 'propose to admit everything in use on a day' }),
  'baseline.take': write(['approver'], { about: 'admit everything in use on a day', heavy: 'baseline' }),
  'baseline.read': read(REGULATOR, { about: 'read what was admitted so' }),
} as const satisfies Readonly<Record<string, Action>>;
