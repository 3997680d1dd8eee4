import type { Words } from '../words.ts';

/** Spanish. */
export const ES: Words = {
  rightToLeft: false,
  titles: {
    code: 'Su código',
    report: 'Su denuncia de pérdida o robo',
    device: 'Su equipo',
    warning: 'Su equipo será bloqueado',
    block: 'Su equipo está bloqueado',
    appeal: 'Su reclamación',
    registration: 'Registro de un equipo',
    visit: 'Su equipo durante su visita',
    consignment: 'Su envío',
    certificate: 'Homologación',
    payment: 'Tasas',
    work: 'Trabajo para usted en el registro de equipos',
    alarm: 'Alarma del registro de equipos',
  },
  texts: {
    one_time_code: 'Su código es {code}. Vale {minutes} min. No se lo dé a nadie.',
    pair_code:
      'El código {code} vincula su número con el equipo {imei}. Vale {minutes} min. No se lo dé a nadie que le llame.',
    transfer_confirm:
      'El código {code} cede el equipo {imei}. Vale {minutes} min. Si usted no lo está cediendo, no diga el código a nadie.',
    holder_confirm:
      'Alguien quiere registrar el equipo {imei} a su nombre. Si es correcto, use el código {code} antes de {minutes} min. Si no, no haga nada: no se registrará nada.',

    theft_received:
      'Recibimos su denuncia sobre el equipo {imei}. Aún no está bloqueado: demuestre primero que es suyo.',
    theft_provisional:
      'Como usted pidió, el equipo {imei} está bloqueado por ahora. El bloqueo termina el {until} si la policía no lo confirma. Lleve su denuncia a la policía.',
    theft_confirmed: 'La policía confirmó su denuncia. El equipo {imei} sigue bloqueado en todas las redes.',
    theft_confirmed_recovery:
      'La policía confirmó su denuncia. Se busca el equipo {imei}. No está bloqueado, para poder pedir a quien lo tenga que lo devuelva.',
    theft_rejected: 'Su denuncia sobre el equipo {imei} fue rechazada. Motivo: {why}. El equipo no está bloqueado.',
    theft_expired:
      'La policía no confirmó a tiempo su denuncia sobre el equipo {imei}. Ya no está bloqueado. Puede denunciarlo de nuevo.',
    theft_traced:
      'El equipo {imei} que usted denunció fue detectado. La policía se ocupa: {unit}. Póngase en contacto con ella.',
    theft_finder:
      'El equipo {imei} que usted usa fue denunciado como perdido o robado. Llévelo aquí: {place}. Si lo compró de buena fe, lleve su factura.',
    theft_recovered:
      'La policía tiene su equipo {imei}. Puede recogerlo aquí: {place}. Lleve un documento de identidad.',
    theft_returned: 'Se le devolvió el equipo {imei}. Ya no está bloqueado.',
    theft_found: 'Usted nos dijo que recuperó el equipo {imei}. Ya no está bloqueado.',
    theft_lifted: 'Un tribunal decidió que el equipo {imei} ya no esté bloqueado.',

    ladder_first: 'Su equipo {imei} será bloqueado el {blockOn}. Por qué: {why} Qué puede hacer: {remedy}',
    ladder_reminder:
      'Recordatorio: su equipo {imei} será bloqueado en {days} días, el {blockOn}. Por qué: {why} Qué puede hacer: {remedy}',
    ladder_last: 'Último aviso: su equipo {imei} será bloqueado el {blockOn}. Por qué: {why} Qué puede hacer: {remedy}',
    block_withdrawn: 'Su equipo {imei} no será bloqueado. No tiene que hacer nada más.',
    blocked: 'Su equipo {imei} está bloqueado en todas las redes. Por qué: {why} Qué puede hacer: {remedy}',
    unblocked: 'Su equipo {imei} ya no está bloqueado. Si en un día no encuentra red, apáguelo y enciéndalo.',

    appeal_opened: 'Recibimos su reclamación sobre el equipo {imei}. Decidiremos a más tardar el {by}.',
    appeal_evidence: 'Para decidir su reclamación necesitamos: {what}. Envíelo a más tardar el {by}.',
    appeal_granted: 'Usted tenía razón: se anuló la decisión sobre el equipo {imei}.',
    appeal_refused: 'Su reclamación sobre el equipo {imei} fue rechazada. Motivo: {why}.',
    dispute_opened:
      'Usted nos dijo que el equipo {imei} no es suyo. Lo estamos comprobando. Mientras tanto, nada se usará en su contra por ese equipo.',
    dispute_decided: 'Usted nos dijo que el equipo {imei} no es suyo. Comprobamos lo siguiente: {outcome}.',

    registered: 'El equipo {imei} está registrado. No tiene que hacer nada.',
    associated: 'El equipo {imei} está registrado a su nombre. Si no es suyo, díganoslo: "no es mío".',
    registration_ended: 'El registro del equipo {imei} terminó.',
    regularise: 'El equipo {imei} no está registrado. Se puede usar hasta el {until}. Regístrelo antes de esa fecha.',
    regularised: 'El equipo {imei} ya está registrado. No tiene que hacer nada más.',
    import_accepted: 'Se aceptó la importación de su equipo {imei}. Está registrado.',
    import_refused: 'Se rechazó la importación de su equipo {imei}. Motivo: {why}.',
    transfer_done: 'El equipo {imei} fue cedido. Ya no está registrado a nombre de su antiguo dueño.',
    transfer_cancelled: 'Se canceló la cesión del equipo {imei}. Nada cambió.',
    pair_made: 'Su número quedó vinculado al equipo {imei}. Puede usarlo con este número.',
    pair_ended: 'Su número ya no está vinculado al equipo {imei}. Con este número el equipo puede quedarse sin red.',

    admission_started:
      'Le damos la bienvenida. Puede usar el equipo {imei} durante su visita, hasta el {until}. No tiene que hacer nada.',
    admission_reminder:
      'Su permiso de visitante para el equipo {imei} termina el {until} (días restantes: {days}). Si se va antes, no tiene que hacer nada. Si se queda, registre el equipo.',
    admission_renewed: 'Puede usar el equipo {imei} hasta el {until}.',
    admission_ended: 'Su permiso de visitante para el equipo {imei} terminó. Todavía puede registrar el equipo.',

    consignment_received: 'Recibimos su envío (equipos: {rows}) y lo estamos comprobando.',
    consignment_faulty: 'Filas con errores en su envío: {faults} de {rows}. La lista de errores está a su disposición.',
    consignment_accepted: 'Se aceptó su envío (equipos: {rows}). El paso siguiente es la aduana.',
    consignment_refused: 'Su envío fue rechazado. Motivo: {why}.',
    consignment_held: 'La aduana retiene su envío. Motivo: {why}.',
    consignment_released: 'La aduana liberó su envío.',
    approval_granted: 'Se concedió la homologación. El certificado vale hasta el {until}.',
    approval_refused: 'Se denegó la homologación. Motivo: {why}.',
    approval_ending:
      'Su certificado de homologación termina el {until} (días restantes: {days}). Solicite uno nuevo a tiempo.',
    approval_withdrawn: 'Se retiró su certificado de homologación. Motivo: {why}.',
    fee_due:
      'Hay un pago pendiente a más tardar el {by}: {fee}. Pague en las oficinas que indica: {authority}. Nunca enviamos enlaces para pagar.',
    fee_received: 'Recibimos su pago: {fee}.',

    account_invited:
      '{organisation} le da acceso al registro de equipos. Su código para empezar es {code}. Vale hasta el {until}. No se lo dé a nadie.',
    account_locked:
      'Su cuenta está cerrada hasta el {until}: hubo demasiadas contraseñas o códigos erróneos. Si no fue usted, avise a su administrador.',
    approval_needed: 'Una segunda persona debe aprobar: {what}.',
    task_assigned: 'Tiene una tarea para el {by}: {what}.',
    task_overdue: 'Una tarea está atrasada desde el {by}: {what}.',
    rule_paused: 'La regla {rule} está en pausa. Motivo: {why}.',
    alarm: 'Por favor, examine esto: {what}.',
  },
  reasons: {
    malformed: {
      why: 'Su número (IMEI) no es válido.',
      remedy: 'Pida al vendedor que lo cambie.',
    },
    tac_not_allocated: {
      why: 'Su número (IMEI) no se asignó nunca a ningún fabricante.',
      remedy: 'Pida al vendedor que lo cambie, o muéstrenos de dónde viene.',
    },
    test_identifier: {
      why: 'Su número (IMEI) es solo para pruebas.',
      remedy: 'Pida al vendedor que lo cambie.',
    },
    barred: {
      why: 'La autoridad prohibió este equipo.',
      remedy: 'Pregúntenos por la decisión.',
    },
    barred_model: {
      why: 'Este modelo no se permite aquí.',
      remedy: 'Pida al vendedor que lo recoja.',
    },
    stolen: {
      why: 'Fue denunciado como robado.',
      remedy: 'Llévelo a la policía, con su factura.',
    },
    lost: {
      why: 'Fue denunciado como perdido.',
      remedy: 'Llévelo a la policía, con su factura.',
    },
    duplicate: {
      why: 'Varios equipos usan el mismo número (IMEI).',
      remedy: 'Si el suyo es el auténtico, muéstrenos la factura o la caja.',
    },
    altered: {
      why: 'Parece que se cambió su número (IMEI).',
      remedy: 'Si es auténtico, muéstrenos la factura o la caja.',
    },
    not_approved: {
      why: 'Este modelo no está homologado aquí.',
      remedy: 'Pregunte al vendedor, o solicite la homologación.',
    },
    not_registered: {
      why: 'No está registrado.',
      remedy: 'Regístrelo.',
    },
    not_released: {
      why: 'La aduana no lo ha liberado.',
      remedy: 'Pida al vendedor los papeles de la aduana.',
    },
    admission_over: {
      why: 'El permiso de visitante terminó.',
      remedy: 'Si se queda, regístrelo.',
    },
    other_user: {
      why: 'Está registrado a nombre de otra persona.',
      remedy: 'Haga que se lo cedan, o muéstrenos su factura.',
    },
    sim_box: {
      why: 'Parece que transmite llamadas de otras personas.',
      remedy: 'Si no es así, díganos cómo lo usa.',
    },
    exported: {
      why: 'Se declaró que salió del país.',
      remedy: 'Regístrelo de nuevo.',
    },
    retired: {
      why: 'Se declaró que ya no se usa.',
      remedy: 'Regístrelo de nuevo, o pregunte al vendedor.',
    },
    order: {
      why: 'Lo ordenó un tribunal o una autoridad.',
      remedy: 'Pregúntenos por la orden.',
    },
    other: {
      why: 'No cumple las reglas para equipos de aquí.',
      remedy: 'Pregúntenos qué falta.',
    },
  },
  objection: 'Para reclamar: {object}.',
  quoting: 'Ref. {reference}',
  authority: 'la autoridad de comunicaciones',
  object: 'pregunte a su operador',
};
