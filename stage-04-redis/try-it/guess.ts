// Guesses a password: SERVER NAME TIMES, one wrong password after another.
const [server, username, times] = process.argv.slice(2);

for (let guess = 1; guess <= Number(times); guess++) {
  const begun = performance.now();
  const answer = await fetch(`${server}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: `password ${guess} of many` }),
  });
  const { detail } = (await answer.json()) as { detail?: string };
  const milliseconds = Math.round(performance.now() - begun);
  const wait = answer.headers.get('retry-after');
  console.log(`${answer.status} in ${milliseconds} ms: ${detail}${wait ? ` (${wait} s)` : ''}`);
}
