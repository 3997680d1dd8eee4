import type { Words } from '../words.ts';

/** French. */
export const FR: Words = {
  rightToLeft: false,
  titles: {
    code: 'Votre code',
    report: 'Votre déclaration de perte ou de vol',
    device: 'Votre appareil',
    warning: 'Votre appareil va être bloqué',
    block: 'Votre appareil est bloqué',
    appeal: 'Votre contestation',
    registration: "Enregistrement d'un appareil",
    visit: 'Votre appareil pendant votre séjour',
    consignment: 'Votre lot',
    certificate: 'Homologation',
    payment: 'Frais',
    work: 'Du travail pour vous au registre des équipements',
    alarm: 'Alerte du registre des équipements',
  },
  texts: {
    one_time_code: 'Votre code est {code}. Il est valable {minutes} min. Ne le donnez à personne.',
    pair_code:
      "Le code {code} lie votre numéro à l'appareil {imei}. Il est valable {minutes} min. Ne le donnez à personne qui vous appelle.",
    transfer_confirm:
      "Le code {code} cède l'appareil {imei}. Il est valable {minutes} min. Si vous ne le cédez pas, ne dites ce code à personne.",
    holder_confirm:
      "Quelqu'un veut enregistrer l'appareil {imei} à votre nom. Si c'est exact, utilisez le code {code} dans les {minutes} min. Sinon, ne faites rien : rien ne sera enregistré.",

    theft_received:
      "Nous avons reçu votre déclaration pour l'appareil {imei}. Il n'est pas encore bloqué : prouvez d'abord qu'il est à vous.",
    theft_provisional:
      "Comme vous l'avez demandé, l'appareil {imei} est bloqué provisoirement. Le blocage prend fin le {until}, sauf si la police le confirme. Portez votre déclaration à la police.",
    theft_confirmed: "La police a confirmé votre déclaration. L'appareil {imei} reste bloqué sur tous les réseaux.",
    theft_confirmed_recovery:
      "La police a confirmé votre déclaration. L'appareil {imei} est recherché. Il n'est pas bloqué, pour que l'on puisse demander à la personne qui l'a de le rapporter.",
    theft_rejected:
      "Votre déclaration pour l'appareil {imei} a été rejetée. Motif : {why}. L'appareil n'est pas bloqué.",
    theft_expired:
      "La police n'a pas confirmé à temps votre déclaration pour l'appareil {imei}. Il n'est plus bloqué. Vous pouvez le déclarer à nouveau.",
    theft_traced:
      "L'appareil {imei} que vous avez déclaré a été repéré. La police s'en occupe : {unit}. Prenez contact avec elle.",
    theft_finder:
      "L'appareil {imei} que vous utilisez a été déclaré perdu ou volé. Rapportez-le ici : {place}. Si vous l'avez acheté de bonne foi, apportez votre facture.",
    theft_recovered:
      "La police a retrouvé votre appareil {imei}. Vous pouvez le reprendre ici : {place}. Apportez une pièce d'identité.",
    theft_returned: "L'appareil {imei} vous a été rendu. Il n'est plus bloqué.",
    theft_found: "Vous nous avez dit avoir retrouvé l'appareil {imei}. Il n'est plus bloqué.",
    theft_lifted: "Un tribunal a décidé que l'appareil {imei} n'est plus bloqué.",

    ladder_first: 'Votre appareil {imei} sera bloqué le {blockOn}. Pourquoi : {why} Que faire : {remedy}',
    ladder_reminder:
      'Rappel : votre appareil {imei} sera bloqué dans {days} jours, le {blockOn}. Pourquoi : {why} Que faire : {remedy}',
    ladder_last: 'Dernier avis : votre appareil {imei} sera bloqué le {blockOn}. Pourquoi : {why} Que faire : {remedy}',
    block_withdrawn: "Votre appareil {imei} ne sera pas bloqué. Vous n'avez plus rien à faire.",
    blocked: 'Votre appareil {imei} est bloqué sur tous les réseaux. Pourquoi : {why} Que faire : {remedy}',
    unblocked:
      "Votre appareil {imei} n'est plus bloqué. S'il ne trouve pas de réseau d'ici un jour, éteignez-le et rallumez-le.",

    appeal_opened: "Nous avons reçu votre contestation pour l'appareil {imei}. Nous déciderons le {by} au plus tard.",
    appeal_evidence: 'Pour décider de votre contestation, il nous faut : {what}. Envoyez-le-nous le {by} au plus tard.',
    appeal_granted: "Vous aviez raison : la décision sur l'appareil {imei} est annulée.",
    appeal_refused: "Votre contestation pour l'appareil {imei} est rejetée. Motif : {why}.",
    dispute_opened:
      "Vous nous avez dit que l'appareil {imei} n'est pas à vous. Nous vérifions. D'ici là, rien ne vous sera reproché à cause de lui.",
    dispute_decided: "Vous nous avez dit que l'appareil {imei} n'est pas à vous. Voici notre constat : {outcome}.",

    registered: "L'appareil {imei} est enregistré. Vous n'avez rien à faire.",
    associated: "L'appareil {imei} est enregistré à votre nom. S'il n'est pas à vous, dites-le-nous : « pas à moi ».",
    registration_ended: "L'enregistrement de l'appareil {imei} a pris fin.",
    regularise:
      "L'appareil {imei} n'est pas enregistré. Il peut servir jusqu'au {until}. Enregistrez-le avant cette date.",
    regularised: "L'appareil {imei} est maintenant enregistré. Vous n'avez plus rien à faire.",
    import_accepted: "L'importation de votre appareil {imei} est acceptée. Il est enregistré.",
    import_refused: "L'importation de votre appareil {imei} est refusée. Motif : {why}.",
    transfer_done: "L'appareil {imei} a été cédé. Il n'est plus enregistré au nom de son ancien propriétaire.",
    transfer_cancelled: "La cession de l'appareil {imei} est annulée. Rien n'a changé.",
    pair_made: "Votre numéro est maintenant lié à l'appareil {imei}. Vous pouvez l'utiliser avec ce numéro.",
    pair_ended:
      "Votre numéro n'est plus lié à l'appareil {imei}. Avec ce numéro, l'appareil peut ne plus trouver de réseau.",

    admission_started:
      "Bienvenue. Vous pouvez utiliser l'appareil {imei} pendant votre séjour, jusqu'au {until}. Vous n'avez rien à faire.",
    admission_reminder:
      "L'autorisation de visiteur pour l'appareil {imei} prend fin le {until} (jours restants : {days}). Si vous partez avant, vous n'avez rien à faire. Si vous restez, enregistrez l'appareil.",
    admission_renewed: "Vous pouvez utiliser l'appareil {imei} jusqu'au {until}.",
    admission_ended:
      "L'autorisation de visiteur pour l'appareil {imei} a pris fin. Vous pouvez encore enregistrer l'appareil.",

    consignment_received: 'Nous avons reçu votre lot (appareils : {rows}) et nous le vérifions.',
    consignment_faulty:
      'Lignes avec des erreurs dans votre lot : {faults} sur {rows}. La liste des erreurs est à votre disposition.',
    consignment_accepted: "Votre lot (appareils : {rows}) est accepté. L'étape suivante est la douane.",
    consignment_refused: 'Votre lot est refusé. Motif : {why}.',
    consignment_held: 'La douane retient votre lot. Motif : {why}.',
    consignment_released: 'La douane a libéré votre lot.',
    approval_granted: "L'homologation est accordée. Le certificat est valable jusqu'au {until}.",
    approval_refused: "L'homologation est refusée. Motif : {why}.",
    approval_ending:
      "Votre certificat d'homologation prend fin le {until} (jours restants : {days}). Faites une nouvelle demande à temps.",
    approval_withdrawn: "Votre certificat d'homologation est retiré. Motif : {why}.",
    fee_due:
      "Un paiement est à faire le {by} au plus tard : {fee}. Payez auprès des services indiqués par : {authority}. Nous n'envoyons jamais de lien pour payer.",
    fee_received: 'Nous avons reçu votre paiement : {fee}.',

    account_invited:
      "{organisation} vous donne accès au registre des équipements. Votre code pour commencer est {code}. Il est valable jusqu'au {until}. Ne le donnez à personne.",
    account_locked:
      "Votre compte est verrouillé jusqu'au {until} : trop de mots de passe ou de codes faux. Si ce n'était pas vous, prévenez votre administrateur.",
    approval_needed: 'Une deuxième personne doit approuver : {what}.',
    task_assigned: 'Vous avez une tâche à faire le {by} au plus tard : {what}.',
    task_overdue: 'Une tâche est en retard depuis le {by} : {what}.',
    rule_paused: 'La règle {rule} est suspendue. Motif : {why}.',
    alarm: 'Veuillez examiner ceci : {what}.',
  },
  reasons: {
    malformed: {
      why: "Son numéro (IMEI) n'est pas valable.",
      remedy: 'Demandez au vendeur de le remplacer.',
    },
    tac_not_allocated: {
      why: "Son numéro (IMEI) n'a été attribué à aucun fabricant.",
      remedy: "Demandez au vendeur de le remplacer, ou montrez-nous d'où il vient.",
    },
    test_identifier: {
      why: 'Son numéro (IMEI) est réservé aux essais.',
      remedy: 'Demandez au vendeur de le remplacer.',
    },
    barred: {
      why: "L'autorité a interdit cet appareil.",
      remedy: 'Demandez-nous la décision.',
    },
    barred_model: {
      why: "Ce modèle n'est pas permis ici.",
      remedy: 'Demandez au vendeur de le reprendre.',
    },
    stolen: {
      why: 'Il a été déclaré volé.',
      remedy: 'Portez-le à la police, avec votre facture.',
    },
    lost: {
      why: 'Il a été déclaré perdu.',
      remedy: 'Portez-le à la police, avec votre facture.',
    },
    duplicate: {
      why: 'Plusieurs appareils utilisent le même numéro (IMEI).',
      remedy: "Si le vôtre est l'original, montrez-nous la facture ou la boîte.",
    },
    altered: {
      why: 'Son numéro (IMEI) semble avoir été modifié.',
      remedy: "S'il est d'origine, montrez-nous la facture ou la boîte.",
    },
    not_approved: {
      why: "Ce modèle n'est pas homologué ici.",
      remedy: "Adressez-vous au vendeur, ou demandez l'homologation.",
    },
    not_registered: {
      why: "Il n'est pas enregistré.",
      remedy: 'Enregistrez-le.',
    },
    not_released: {
      why: "La douane ne l'a pas libéré.",
      remedy: 'Demandez au vendeur les papiers de douane.',
    },
    admission_over: {
      why: "L'autorisation de visiteur a pris fin.",
      remedy: 'Si vous restez, enregistrez-le.',
    },
    other_user: {
      why: "Il est enregistré au nom d'une autre personne.",
      remedy: 'Faites-vous le céder, ou montrez-nous votre facture.',
    },
    sim_box: {
      why: "Il semble acheminer les appels d'autres personnes.",
      remedy: "Si c'est faux, dites-nous comment vous l'utilisez.",
    },
    exported: {
      why: 'Il a été déclaré sorti du pays.',
      remedy: 'Enregistrez-le à nouveau.',
    },
    retired: {
      why: 'Il a été déclaré hors service.',
      remedy: 'Enregistrez-le à nouveau, ou adressez-vous au vendeur.',
    },
    order: {
      why: "Un tribunal ou une autorité l'a ordonné.",
      remedy: "Demandez-nous l'ordre.",
    },
    other: {
      why: 'Il ne respecte pas les règles en vigueur ici.',
      remedy: 'Demandez-nous ce qui manque.',
    },
  },
  objection: 'Pour contester : {object}.',
  quoting: 'Réf. {reference}',
  authority: "l'autorité des communications",
  object: 'demandez à votre opérateur',
};
