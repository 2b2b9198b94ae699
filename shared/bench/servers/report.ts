/** Tells the parent process where this server answers, and its CPU time whenever it is asked. */
export function report(url: string): void {
  process.on('message', (asked) => {
    if (asked !== 'cpu') return;
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicroseconds: user + system });
  });
  process.send?.({ url });
}
