import type { Words } from '../words.ts';

/** English. */
export const EN: Words = {
  rightToLeft: false,
  titles: {
    code: 'Your code',
    report: 'Your report of a lost or stolen device',
    device: 'Your device',
    warning: 'Your device will be blocked',
    block: 'Your device is blocked',
    appeal: 'Your objection',
    registration: 'Registration of a device',
    visit: 'Your device during your visit',
    consignment: 'Your consignment',
    certificate: 'Type approval',
    payment: 'Fees',
    work: 'Work for you in the equipment register',
    alarm: 'Alarm of the equipment register',
  },
  texts: {
    one_time_code: 'Your code is {code}. It is good for {minutes} min. Give it to nobody.',
    pair_code:
      'Code {code} links your number to the device {imei}. It is good for {minutes} min. Give it to nobody who calls you.',
    transfer_confirm:
      'Code {code} hands the device {imei} over. It is good for {minutes} min. If you are not giving it away, tell nobody the code.',
    holder_confirm:
      'Somebody wants to register the device {imei} in your name. If that is right, use the code {code} within {minutes} min. If not, do nothing: nothing is registered.',

    theft_received:
      'We received your report about the device {imei}. It is not blocked yet: please prove that it is yours.',
    theft_provisional:
      'The device {imei} is blocked for now, as you reported. The block ends on {until} unless the police confirm it. Please take your report to the police.',
    theft_confirmed: 'The police confirmed your report. The device {imei} stays blocked on all networks.',
    theft_confirmed_recovery:
      'The police confirmed your report. The device {imei} is being looked for. It is not blocked, so that whoever has it can be asked to bring it back.',
    theft_rejected: 'Your report about the device {imei} was rejected. Why: {why}. The device is not blocked.',
    theft_expired:
      'The police did not confirm your report about the device {imei} in time. It is no longer blocked. You can report it again.',
    theft_traced:
      'The device {imei}, which you reported, was seen. The police are looking into it: {unit}. Please contact them.',
    theft_finder:
      'The device {imei} that you use was reported lost or stolen. Please bring it to: {place}. If you bought it in good faith, take your receipt with you.',
    theft_recovered:
      'The police have your device {imei}. You can collect it: {place}. Please bring a proof of identity.',
    theft_returned: 'The device {imei} was given back to you. It is no longer blocked.',
    theft_found: 'You told us that you have the device {imei} again. It is no longer blocked.',
    theft_lifted: 'A court decided that the device {imei} is no longer blocked.',

    ladder_first: 'Your device {imei} will be blocked on {blockOn}. Why: {why} What you can do: {remedy}',
    ladder_reminder:
      'Reminder: your device {imei} will be blocked in {days} days, on {blockOn}. Why: {why} What you can do: {remedy}',
    ladder_last: 'Last notice: your device {imei} will be blocked on {blockOn}. Why: {why} What you can do: {remedy}',
    block_withdrawn: 'Your device {imei} will not be blocked. You need do nothing more.',
    blocked: 'Your device {imei} is blocked on all networks. Why: {why} What you can do: {remedy}',
    unblocked: 'Your device {imei} is no longer blocked. If it finds no network within a day, restart it.',

    appeal_opened: 'We received your objection about the device {imei}. We will decide by {by}.',
    appeal_evidence: 'To decide on your objection we need: {what}. Please send it by {by}.',
    appeal_granted: 'You were right: the decision about the device {imei} was taken back.',
    appeal_refused: 'Your objection about the device {imei} was refused. Why: {why}.',
    dispute_opened:
      'You told us that the device {imei} is not yours. We are looking into it. Until then nothing is held against you because of it.',
    dispute_decided: 'You told us that the device {imei} is not yours. What we found: {outcome}.',

    registered: 'The device {imei} is registered. You need do nothing.',
    associated: 'The device {imei} is registered in your name. If it is not yours, tell us: say "not mine".',
    registration_ended: 'The registration of the device {imei} has ended.',
    regularise: 'The device {imei} is not registered. It can be used until {until}. Please register it before then.',
    regularised: 'The device {imei} is now registered. You need do nothing more.',
    import_accepted: 'The import of your device {imei} was accepted. It is registered.',
    import_refused: 'The import of your device {imei} was refused. Why: {why}.',
    transfer_done: 'The device {imei} was handed over. It is no longer registered in the name of its former owner.',
    transfer_cancelled: 'The hand-over of the device {imei} was cancelled. Nothing changed.',
    pair_made: 'Your number is now linked to the device {imei}. You can use it with this number.',
    pair_ended:
      'Your number is no longer linked to the device {imei}. With this number the device may find no network.',

    admission_started: 'Welcome. You can use the device {imei} during your visit until {until}. You need do nothing.',
    admission_reminder:
      'Your permission as a visitor for the device {imei} ends on {until} (days left: {days}). If you leave before then, you need do nothing. If you stay, please register the device.',
    admission_renewed: 'You can use the device {imei} until {until}.',
    admission_ended: 'Your permission as a visitor for the device {imei} has ended. You can still register the device.',

    consignment_received: 'We received your consignment (devices: {rows}) and are checking it.',
    consignment_faulty:
      'Rows with faults in your consignment: {faults} of {rows}. The list of faults is ready for you.',
    consignment_accepted: 'Your consignment (devices: {rows}) was accepted. Next is customs.',
    consignment_refused: 'Your consignment was refused. Why: {why}.',
    consignment_held: 'Customs hold your consignment. Why: {why}.',
    consignment_released: 'Customs released your consignment.',
    approval_granted: 'Type approval was granted. The certificate holds until {until}.',
    approval_refused: 'Type approval was refused. Why: {why}.',
    approval_ending:
      'Your certificate of type approval ends on {until} (days left: {days}). Please apply again in time.',
    approval_withdrawn: 'Your certificate of type approval was withdrawn. Why: {why}.',
    fee_due:
      'A payment is due by {by}: {fee}. Pay at the offices that {authority} names. We never send a link for paying.',
    fee_received: 'We received your payment: {fee}.',

    account_invited:
      '{organisation} gives you access to the equipment register. Your code to begin is {code}. It is good until {until}. Give it to nobody.',
    account_locked:
      'Your account is locked until {until}: a wrong password or code was given too often. If it was not you, tell your administrator.',
    approval_needed: 'A second person has to approve: {what}.',
    task_assigned: 'You have a task, due by {by}: {what}.',
    task_overdue: 'A task is overdue since {by}: {what}.',
    rule_paused: 'The rule {rule} is paused. Why: {why}.',
    alarm: 'Please look into this: {what}.',
  },
  reasons: {
    malformed: {
      why: 'Its number (IMEI) is not a valid one.',
      remedy: 'Ask the seller to replace it.',
    },
    tac_not_allocated: {
      why: 'Its number (IMEI) was never given to any maker.',
      remedy: 'Ask the seller to replace it, or show us where it comes from.',
    },
    test_identifier: {
      why: 'Its number (IMEI) is meant for tests only.',
      remedy: 'Ask the seller to replace it.',
    },
    barred: {
      why: 'This device was barred by decision of the authority.',
      remedy: 'Ask us about the decision.',
    },
    barred_model: {
      why: 'This model may not be used here.',
      remedy: 'Ask the seller to take it back.',
    },
    stolen: {
      why: 'It was reported stolen.',
      remedy: 'Take it to the police, with your receipt.',
    },
    lost: {
      why: 'It was reported lost.',
      remedy: 'Take it to the police, with your receipt.',
    },
    duplicate: {
      why: 'Several devices use the same number (IMEI).',
      remedy: 'If yours is the genuine one, show us the receipt or the box.',
    },
    altered: {
      why: 'Its number (IMEI) seems to have been changed.',
      remedy: 'If yours is genuine, show us the receipt or the box.',
    },
    not_approved: {
      why: 'This model has no type approval here.',
      remedy: 'Ask the seller, or apply for approval.',
    },
    not_registered: {
      why: 'It is not registered.',
      remedy: 'Register it.',
    },
    not_released: {
      why: 'Customs have not released it.',
      remedy: 'Ask the seller for the customs papers.',
    },
    admission_over: {
      why: 'The permission for visitors has ended.',
      remedy: 'Register it if you stay.',
    },
    other_user: {
      why: 'It is registered in the name of somebody else.',
      remedy: 'Have it handed over to you, or show us your receipt.',
    },
    sim_box: {
      why: 'It seems to pass on calls of others.',
      remedy: 'If that is wrong, tell us how you use it.',
    },
    exported: {
      why: 'It was registered as taken out of the country.',
      remedy: 'Register it again.',
    },
    retired: {
      why: 'It was registered as no longer in use.',
      remedy: 'Register it again, or ask the seller.',
    },
    order: {
      why: 'A court or an authority ordered it.',
      remedy: 'Ask us about the order.',
    },
    other: {
      why: 'It does not meet the rules for devices here.',
      remedy: 'Ask us what is missing.',
    },
  },
  objection: 'To object: {object}.',
  quoting: 'Ref. {reference}',
  authority: 'the communications authority',
  object: 'ask your operator',
};
