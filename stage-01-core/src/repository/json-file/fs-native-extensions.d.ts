// The package ships no types; these are for what we use of it.
declare module 'fs-native-extensions' {
  /** Takes the operating system's exclusive lock on an open file. False when another holder has it. */
  export function tryLock(fileDescriptor: number): boolean;
}
