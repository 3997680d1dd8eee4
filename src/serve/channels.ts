import path from 'node:path';
import type { House } from '../api/house.ts';
import { noticesOf } from '../country/notices.ts';
import type { Channel } from '../notices/channel.ts';
import { checksOver } from '../notices/check/serve.ts';
import { emailChannel } from '../notices/email/channel.ts';
import { operatorChannel } from '../notices/operator/channel.ts';
import { smsChannel } from '../notices/sms/channel.ts';
import { webhookChannel } from '../notices/webhook/channel.ts';
import { checkBy } from './checks.ts';
import type { ServeConfig } from './config.ts';
import type { ServeFiles } from './files.ts';

/** A serve file, what the files in it hold, and where operators fetch what they give to their own subscribers. */
export type ChannelPlan = {
  readonly config?: Pick<ServeConfig, 'sms' | 'email' | 'webhook'>;
  readonly files?: Pick<ServeFiles, 'smsPassword' | 'emailPassword' | 'webhookKey'>;
  readonly operators: string;
};

/** Notices a second to operators' folders and to machines: a file for each round, so that more come in one. */
const PER_SECOND = 1000;

/** The ways by which notices leave; those to operators' folders are always there. */
export function channelsOf({ config = {}, files = {}, operators }: ChannelPlan, house: House): readonly Channel[] {
  const { policy, clock } = house;
  const { sms, email, webhook } = config;
  const { smsPassword, emailPassword, webhookKey } = files;
  const folders = new Map(policy.operators.map(({ id }) => [id, path.join(operators, id)]));
  const channels: Channel[] = [operatorChannel({ folders, perSecond: PER_SECOND, clock })];
  if (sms !== undefined && smsPassword !== undefined) {
    const { host, port, systemId, tls } = sms;
    const link = { host, port, systemId, password: smsPassword, ...(tls ? { tls: {} } : {}) };
    const onMessage = checksOver({ check: checkBy(house), policy, clock });
    channels.push(smsChannel({ name: host, link, policy: noticesOf(policy).sms, onMessage }));
  }
  if (email !== undefined) {
    const { host, port, tls, from, user, perSecond } = email;
    const secret =
      user === undefined || emailPassword === undefined ? {} : { user: { name: user, password: emailPassword } };
    const sender = { address: from, name: policy.name };
    channels.push(
      emailChannel({ name: host, host, port, security: tls ? 'tls' : 'starttls', from: sender, perSecond, ...secret }),
    );
  }
  if (webhook !== undefined && webhookKey !== undefined) {
    const key = Buffer.from(webhookKey);
    const secretOf = (url: string): Buffer | undefined => (webhook.addresses.includes(url) ? key : undefined);
    const options = { secretOf, allowPrivate: webhook.privateAddresses, perSecond: PER_SECOND, clock };
    channels.push(webhookChannel(options));
  }
  return channels;
}
