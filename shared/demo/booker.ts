/** Books through the API, half an hour after half an hour. */
export interface Booker {
  /** Answers how long it took, in milliseconds. @throws Error when it was not booked */
  book(): Promise<number>;
  /** All that the statistics have counted. */
  counted(): Promise<number>;
}

interface Made {
  readonly id: string;
}

/** Signs in as `admin`, and makes a patient and a doctor to book for. */
export async function createBooker(url: string, password: string): Promise<Booker> {
  let authorization = '';
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}`);
    return (await answer.json()) as Answer;
  };
  const login = await ask<{ token: string }>('POST', '/auth/login', { username: 'admin', password });
  authorization = `Bearer ${login.token}`;
  const okafor = { lastName: 'Okafor', firstName: 'Adaeze', birthDate: '1990-05-14', sex: 'female' };
  const haddad = { lastName: 'Haddad', firstName: 'Samira', specialty: 'cardiology' };
  const patient = await ask<Made>('POST', '/api/v1/patients', okafor);
  const doctor = await ask<Made>('POST', '/api/v1/doctors', haddad);
  let half = 0;
  return {
    async book() {
      const at = (n: number) => new Date(Date.UTC(2091, 2, 5) + n * 1_800_000).toISOString();
      const times = { startsAt: at(half), endsAt: at(half + 1) };
      half += 1;
      const begun = performance.now();
      await ask('POST', '/api/v1/appointments', { patientId: patient.id, doctorId: doctor.id, ...times });
      return Math.round(performance.now() - begun);
    },
    async counted() {
      const { items } = await ask<{ items: { booked: number }[] }>('GET', '/api/v1/statistics');
      return items.reduce((sum, { booked }) => sum + booked, 0);
    },
  };
}
