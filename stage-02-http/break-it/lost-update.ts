// Two people look at one record. One adds the phone, the other the middle name; each sends the whole record back.
import { openCareful, send } from './servers.ts';

const OKAFOR = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };

await using server = await openCareful();
for (const withIfMatch of [false, true]) {
  const { body: created } = await send('POST', `${server.url}/api/v1/patients`, OKAFOR);
  const url = `${server.url}/api/v1/patients/${created.id}`;
  const put = (record: object, etag: string) =>
    send('PUT', url, record, withIfMatch ? { 'if-match': etag } : {});

  const [desk, ward] = [await send('GET', url), await send('GET', url)];
  const first = await put({ ...desk.body, phone: '+2348012345678' }, desk.etag);
  // Without If-Match, this client would have to leave the version out; it sends what it knows of the patient.
  let second = await put({ ...OKAFOR, middleName: 'Chidinma' }, ward.etag);
  const answers = [first.status, second.status];
  if (second.status === 412) {
    // Told that the record is another by now, it reads again, and makes its change on what is there.
    const { body, etag } = await send('GET', url);
    second = await put({ ...body, middleName: 'Chidinma' }, etag);
    answers.push(second.status);
  }

  const { phone = 'lost', middleName = 'lost' } = (await send('GET', url)).body;
  const how = withIfMatch ? 'with If-Match:   ' : 'without If-Match:';
  console.log(`${how} ${answers.join(', ')}; phone ${phone}; middle name ${middleName}`);
  if (withIfMatch && (phone === 'lost' || middleName === 'lost')) process.exitCode = 1;
}
