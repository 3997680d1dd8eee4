/** How the device went (ITU-T Q.5051, data model of a report). */
export const EVENT_KINDS = ['lost', 'stolen', 'robbed', 'fraud_obtained'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Whether the owner can make the device useless from afar (ITU-T X.1127): it is set up, not, not known; or done. */
export const KILL_SWITCHES = ['on', 'off', 'unknown', 'activated'] as const;
export type KillSwitch = (typeof KILL_SWITCHES)[number];

/** What the owner wants: blocked everywhere, or only tracked, so that whoever has it is told where to bring it. */
export const MODES = ['block', 'recovery'] as const;
export type Mode = (typeof MODES)[number];
