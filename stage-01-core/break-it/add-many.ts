// The child process of the experiments: adds so many patients, and reports the id of each one once it is added.
const [writer, file = '', howMany] = process.argv.slice(2);
const { add } = await import(`./${writer}.ts`);

console.log('ready');
for await (const _ of process.stdin); // Begins when its input ends, so that two of them begin together.

for (let added = 0; added < Number(howMany); added++) console.log(await add(file));
