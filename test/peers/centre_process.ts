import smpp from 'smpp';

// A message centre made of the library that the product uses, in a process of its own: for what OsmoMSC does not show. What
// it does follows from the last digit of the number that a message is for; what it is told goes to standard output.

type Pdu = InstanceType<typeof smpp.PDU>;
type Session = Parameters<Parameters<typeof smpp.createServer>[0]>[0];

const say = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const error = (name: string): number => smpp.errors[name] ?? 0xff;

let messages = 0;
let open = 0;
let throttled = 0;
let sessions: Session[] = [];

const receipt = (session: Session, pdu: Pdu, number: number, state: 'DELIVRD' | 'UNDELIV'): void => {
  const byParameters = number % 2 === 0;
  const text = `id:${String(number).padStart(10, '0')} sub:001 dlvrd:001 submit date:2609070000 done date:2609070000 stat:${state} err:042 text:`;
  session.send(
    new smpp.PDU('deliver_sm', {
      source_addr: pdu['destination_addr'],
      destination_addr: pdu['source_addr'],
      esm_class: 4,
      short_message: byParameters ? '' : text,
      ...(byParameters ? { receipted_message_id: String(number), message_state: state === 'DELIVRD' ? 2 : 5 } : {}),
    }),
    (answer) => say({ is: 'receipted', number, status: answer.command_status }),
  );
};

function submit(session: Session, pdu: Pdu): void {
  const to = String(pdu['destination_addr']);
  open += 1;
  const { short_message: short, message_payload: payload } = pdu as {
    short_message?: { message?: unknown; udh?: unknown[] };
    message_payload?: { message?: unknown };
  };
  say({
    is: 'submit',
    to,
    from: pdu['source_addr'],
    ton: pdu['source_addr_ton'],
    coding: pdu['data_coding'],
    receipt: pdu['registered_delivery'],
    validity: typeof pdu['validity_period'] === 'object',
    parts: short?.udh?.length ?? 0,
    text: short?.message || payload?.message,
    ussd: pdu['ussd_service_op'],
    open,
  });
  const answer = (parameters: Readonly<Record<string, unknown>>): void => {
    open -= 1;
    session.send(pdu.response(parameters));
  };
  const last = to.at(-1);
  // 4: no answer, ever
  if (last === '2') answer({ command_status: error('ESME_RINVDSTADR') });
  else if (last === '5') session.destroy();
  else if (last === '7') answer({ command_status: error('ESME_RSYSERR') });
  else if (last === '3' && throttled < 2) {
    throttled += 1;
    answer({ command_status: error('ESME_RTHROTTLED') });
  } else if (last !== '4') accept(session, pdu, answer);
}

/** The number is hexadecimal in the answer, and decimal in the receipt, which may come first. */
function accept(session: Session, pdu: Pdu, answer: (parameters: Readonly<Record<string, unknown>>) => void): void {
  messages += 1;
  const number = messages;
  const last = String(pdu['destination_addr']).at(-1);
  if (last === '6') receipt(session, pdu, number, 'DELIVRD');
  setImmediate(() => {
    answer({ message_id: number.toString(16).toUpperCase() });
    if (last === '0') receipt(session, pdu, number, 'DELIVRD');
    if (last === '1') receipt(session, pdu, number, 'UNDELIV');
  });
}

function take(session: Session, pdu: Pdu): void {
  if (pdu.command === 'submit_sm') submit(session, pdu);
  else if (pdu.command.startsWith('bind_') && !pdu.isResponse()) {
    const right = pdu['password'] === 'secret';
    say({ is: 'bind', command: pdu.command, systemId: pdu['system_id'], version: pdu['interface_version'], right });
    session.send(pdu.response({ command_status: right ? 0 : error('ESME_RINVPASWD') }));
  } else if (!pdu.isResponse()) {
    say({ is: pdu.command });
    session.send(pdu.response());
  }
}

const server = smpp.createServer((session) => {
  sessions = [...sessions, session];
  session.on('pdu', (pdu: Pdu) => take(session, pdu));
  session.on('error', () => session.destroy());
  session.on('close', () => {
    sessions = sessions.filter((one) => one !== session);
    open = 0;
    say({ is: 'closed' });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  say({ is: 'ready', port: typeof address === 'object' ? address?.port : undefined });
});

/** What the test wants it to send: parameters of a message as JSON, one a line; or a word. */
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + String(chunk)).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    for (const session of sessions) {
      if (line === 'drop') session.destroy();
      else if (line === 'unbind') session.send(new smpp.PDU('unbind'));
      else if (line === 'unknown')
        session.send(new smpp.PDU('query_sm', { message_id: '1' }), (answer) =>
          say({ is: 'answered', status: answer.command_status }),
        );
      else if (line === 'garbage') session.socket.write(Buffer.from('00000010ffffffff0000000000000001', 'hex'));
      else if (line === 'huge') session.socket.write(Buffer.from('7fffffff', 'hex'));
      else
        session.send(new smpp.PDU('deliver_sm', JSON.parse(line)), (answer) =>
          say({ is: 'taken', status: answer.command_status }),
        );
    }
  }
});
process.stdin.on('end', () => process.exit());
