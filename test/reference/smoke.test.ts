import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ground } from './ground.ts';
const { take, rows } = ground();
test('smoke', async () => {
  console.log(await take('stolen', ['imei,reporting_date,status','35362008001234,20260102,Blacklist','','353620080012345,20260102,blacklist','ABC,,','12345678901234,20260230,x','35362008001235,,pending']));
  console.log(await rows('select * from stolen'), await rows('select * from quarantine'), await rows('select * from malformed'));
  console.log(await take('stolen', ['status,IMEI,x','blacklist,35362008001234,1','"pend""ing, yes",35362008001235,2', '"bad,1234,','q"x,35362008001239,']));
  console.log(await rows('select * from stolen'), await rows('select * from quarantine'));
  assert.ok(true);
});
