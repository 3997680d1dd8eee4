import type { Words } from '../words.ts';

/** Portuguese. */
export const PT: Words = {
  rightToLeft: false,
  titles: {
    code: 'O seu código',
    report: 'A sua denúncia de perda ou roubo',
    device: 'O seu aparelho',
    warning: 'O seu aparelho será bloqueado',
    block: 'O seu aparelho está bloqueado',
    appeal: 'A sua reclamação',
    registration: 'Registro de um aparelho',
    visit: 'O seu aparelho durante a visita',
    consignment: 'A sua remessa',
    certificate: 'Homologação',
    payment: 'Taxas',
    work: 'Trabalho para você no registro de equipamentos',
    alarm: 'Alarme do registro de equipamentos',
  },
  texts: {
    one_time_code: 'O seu código é {code}. Vale por {minutes} min. Não o dê a ninguém.',
    pair_code:
      'O código {code} liga o seu número ao aparelho {imei}. Vale por {minutes} min. Não o dê a ninguém que ligue para você.',
    transfer_confirm:
      'O código {code} transfere o aparelho {imei}. Vale por {minutes} min. Se você não está transferindo o aparelho, não diga o código a ninguém.',
    holder_confirm:
      'Alguém quer registrar o aparelho {imei} em seu nome. Se estiver certo, use o código {code} em até {minutes} min. Se não, não faça nada: nada será registrado.',

    theft_received:
      'Recebemos a sua denúncia sobre o aparelho {imei}. Ainda não está bloqueado: prove primeiro que é seu.',
    theft_provisional:
      'Como pediu, o aparelho {imei} está bloqueado por enquanto. O bloqueio termina em {until} se a polícia não o confirmar. Leve a sua denúncia à polícia.',
    theft_confirmed: 'A polícia confirmou a sua denúncia. O aparelho {imei} continua bloqueado em todas as redes.',
    theft_confirmed_recovery:
      'A polícia confirmou a sua denúncia. O aparelho {imei} está sendo procurado. Não está bloqueado, para que se possa pedir a quem o tem que o devolva.',
    theft_rejected:
      'A sua denúncia sobre o aparelho {imei} foi rejeitada. Motivo: {why}. O aparelho não está bloqueado.',
    theft_expired:
      'A polícia não confirmou a tempo a sua denúncia sobre o aparelho {imei}. Já não está bloqueado. Pode denunciá-lo de novo.',
    theft_traced:
      'O aparelho {imei} que denunciou foi detectado. A polícia está cuidando do caso: {unit}. Entre em contato com ela.',
    theft_finder:
      'O aparelho {imei} que você usa foi denunciado como perdido ou roubado. Leve-o para: {place}. Se o comprou de boa-fé, leve a nota fiscal.',
    theft_recovered:
      'A polícia tem o seu aparelho {imei}. Pode retirá-lo em: {place}. Leve um documento de identidade.',
    theft_returned: 'O aparelho {imei} foi devolvido a você. Já não está bloqueado.',
    theft_found: 'Você disse que recuperou o aparelho {imei}. Já não está bloqueado.',
    theft_lifted: 'Um tribunal decidiu que o aparelho {imei} já não fica bloqueado.',

    ladder_first: 'O seu aparelho {imei} será bloqueado em {blockOn}. Por quê: {why} O que fazer: {remedy}',
    ladder_reminder:
      'Lembrete: o seu aparelho {imei} será bloqueado em {days} dias, no dia {blockOn}. Por quê: {why} O que fazer: {remedy}',
    ladder_last:
      'Último aviso: o seu aparelho {imei} será bloqueado em {blockOn}. Por quê: {why} O que fazer: {remedy}',
    block_withdrawn: 'O seu aparelho {imei} não será bloqueado. Não precisa fazer mais nada.',
    blocked: 'O seu aparelho {imei} está bloqueado em todas as redes. Por quê: {why} O que fazer: {remedy}',
    unblocked:
      'O seu aparelho {imei} já não está bloqueado. Se em um dia não encontrar rede, desligue-o e ligue-o de novo.',

    appeal_opened: 'Recebemos a sua reclamação sobre o aparelho {imei}. Decidiremos até {by}.',
    appeal_evidence: 'Para decidir a sua reclamação, precisamos de: {what}. Envie até {by}.',
    appeal_granted: 'Você tinha razão: a decisão sobre o aparelho {imei} foi anulada.',
    appeal_refused: 'A sua reclamação sobre o aparelho {imei} foi rejeitada. Motivo: {why}.',
    dispute_opened:
      'Você disse que o aparelho {imei} não é seu. Estamos verificando. Até lá, nada será usado contra você por causa dele.',
    dispute_decided: 'Você disse que o aparelho {imei} não é seu. Verificamos o seguinte: {outcome}.',

    registered: 'O aparelho {imei} está registrado. Não precisa fazer nada.',
    associated: 'O aparelho {imei} está registrado em seu nome. Se não é seu, diga-nos: "não é meu".',
    registration_ended: 'O registro do aparelho {imei} terminou.',
    regularise: 'O aparelho {imei} não está registrado. Pode ser usado até {until}. Registre-o antes dessa data.',
    regularised: 'O aparelho {imei} já está registrado. Não precisa fazer mais nada.',
    import_accepted: 'A importação do seu aparelho {imei} foi aceita. Ele está registrado.',
    import_refused: 'A importação do seu aparelho {imei} foi recusada. Motivo: {why}.',
    transfer_done: 'O aparelho {imei} foi transferido. Já não está registrado em nome do antigo dono.',
    transfer_cancelled: 'A transferência do aparelho {imei} foi cancelada. Nada mudou.',
    pair_made: 'O seu número está agora ligado ao aparelho {imei}. Pode usá-lo com este número.',
    pair_ended: 'O seu número já não está ligado ao aparelho {imei}. Com este número o aparelho pode ficar sem rede.',

    admission_started:
      'Boas-vindas. Pode usar o aparelho {imei} durante a sua visita, até {until}. Não precisa fazer nada.',
    admission_reminder:
      'A sua autorização de visitante para o aparelho {imei} termina em {until} (dias restantes: {days}). Se partir antes, não precisa fazer nada. Se ficar, registre o aparelho.',
    admission_renewed: 'Pode usar o aparelho {imei} até {until}.',
    admission_ended: 'A sua autorização de visitante para o aparelho {imei} terminou. Ainda pode registrar o aparelho.',

    consignment_received: 'Recebemos a sua remessa (aparelhos: {rows}) e a estamos verificando.',
    consignment_faulty: 'Linhas com erros na sua remessa: {faults} de {rows}. A lista de erros está à sua disposição.',
    consignment_accepted: 'A sua remessa (aparelhos: {rows}) foi aceita. O próximo passo é a alfândega.',
    consignment_refused: 'A sua remessa foi recusada. Motivo: {why}.',
    consignment_held: 'A alfândega retém a sua remessa. Motivo: {why}.',
    consignment_released: 'A alfândega liberou a sua remessa.',
    approval_granted: 'A homologação foi concedida. O certificado vale até {until}.',
    approval_refused: 'A homologação foi recusada. Motivo: {why}.',
    approval_ending:
      'O seu certificado de homologação termina em {until} (dias restantes: {days}). Peça um novo a tempo.',
    approval_withdrawn: 'O seu certificado de homologação foi retirado. Motivo: {why}.',
    fee_due:
      'Há um pagamento a fazer até {by}: {fee}. Pague nos postos indicados por: {authority}. Nunca enviamos links para pagar.',
    fee_received: 'Recebemos o seu pagamento: {fee}.',

    account_invited:
      '{organisation} dá a você acesso ao registro de equipamentos. O seu código para começar é {code}. Vale até {until}. Não o dê a ninguém.',
    account_locked:
      'A sua conta está bloqueada até {until}: houve senhas ou códigos errados demais. Se não foi você, avise o seu administrador.',
    approval_needed: 'Uma segunda pessoa precisa aprovar: {what}.',
    task_assigned: 'Você tem uma tarefa até {by}: {what}.',
    task_overdue: 'Uma tarefa está atrasada desde {by}: {what}.',
    rule_paused: 'A regra {rule} está suspensa. Motivo: {why}.',
    alarm: 'Por favor, verifique isto: {what}.',
  },
  reasons: {
    malformed: {
      why: 'O seu número (IMEI) não é válido.',
      remedy: 'Peça ao vendedor que o troque.',
    },
    tac_not_allocated: {
      why: 'O seu número (IMEI) nunca foi atribuído a um fabricante.',
      remedy: 'Peça ao vendedor que o troque, ou mostre-nos de onde vem.',
    },
    test_identifier: {
      why: 'O seu número (IMEI) é só para testes.',
      remedy: 'Peça ao vendedor que o troque.',
    },
    barred: {
      why: 'A autoridade proibiu este aparelho.',
      remedy: 'Pergunte-nos sobre a decisão.',
    },
    barred_model: {
      why: 'Este modelo não é permitido aqui.',
      remedy: 'Peça ao vendedor que o aceite de volta.',
    },
    stolen: {
      why: 'Foi denunciado como roubado.',
      remedy: 'Leve-o à polícia, com a nota fiscal.',
    },
    lost: {
      why: 'Foi denunciado como perdido.',
      remedy: 'Leve-o à polícia, com a nota fiscal.',
    },
    duplicate: {
      why: 'Vários aparelhos usam o mesmo número (IMEI).',
      remedy: 'Se o seu é o verdadeiro, mostre-nos a nota fiscal ou a caixa.',
    },
    altered: {
      why: 'O seu número (IMEI) parece ter sido alterado.',
      remedy: 'Se é verdadeiro, mostre-nos a nota fiscal ou a caixa.',
    },
    not_approved: {
      why: 'Este modelo não está homologado aqui.',
      remedy: 'Pergunte ao vendedor, ou peça a homologação.',
    },
    not_registered: {
      why: 'Não está registrado.',
      remedy: 'Registre-o.',
    },
    not_released: {
      why: 'A alfândega não o liberou.',
      remedy: 'Peça ao vendedor os papéis da alfândega.',
    },
    admission_over: {
      why: 'A autorização de visitante terminou.',
      remedy: 'Se ficar, registre-o.',
    },
    other_user: {
      why: 'Está registrado em nome de outra pessoa.',
      remedy: 'Peça que o transfiram para você, ou mostre-nos a nota fiscal.',
    },
    sim_box: {
      why: 'Parece transmitir chamadas de outras pessoas.',
      remedy: 'Se não é assim, diga-nos como o usa.',
    },
    exported: {
      why: 'Foi declarado como levado para fora do país.',
      remedy: 'Registre-o de novo.',
    },
    retired: {
      why: 'Foi declarado como fora de uso.',
      remedy: 'Registre-o de novo, ou pergunte ao vendedor.',
    },
    order: {
      why: 'Um tribunal ou uma autoridade o ordenou.',
      remedy: 'Pergunte-nos sobre a ordem.',
    },
    other: {
      why: 'Não cumpre as regras para aparelhos daqui.',
      remedy: 'Pergunte-nos o que falta.',
    },
  },
  objection: 'Para reclamar: {object}.',
  quoting: 'Ref. {reference}',
  authority: 'a autoridade de comunicações',
  object: 'pergunte à sua operadora',
};
