import { drawMachine } from '../states/draw.ts';
import { ADMISSION, PERSONAL_IMPORT, TRANSFER } from './holders/holder_machines.ts';
import { CHARGE, CONSIGNMENT, HAND_OVER, TYPE_APPROVAL } from './trade/trade_machines.ts';

/** What can happen to approvals, consignments, stock, charges, visitors’ devices, imports and transfers, for the documents. */
export const describeRegistration = (): string =>
  [
    drawMachine('A type approval', TYPE_APPROVAL),
    drawMachine('A consignment', CONSIGNMENT),
    drawMachine('A hand-over of stock', HAND_OVER),
    drawMachine('A charge', CHARGE),
    drawMachine('The admission of a device for a time', ADMISSION),
    drawMachine('A personal import', PERSONAL_IMPORT),
    drawMachine('A transfer', TRANSFER),
  ].join('\n');
