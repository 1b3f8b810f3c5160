/** A file of which parts can be read, so that it need not fit into memory. */
export interface FileBytes {
  /** In bytes. */
  readonly size: number;
  /** The bytes from offset `from` to before `to`. @throws FILE_NOT_FOUND where the file went away */
  slice(from: number, to: number): Promise<Uint8Array>;
}

/**
 * How the runtime reaches files: handed to it, so that the same code runs in Node and in a browser. Paths use `/`.
 */
export interface Files {
  /** The bytes of a file. @throws FILE_NOT_FOUND */
  read(path: string): Promise<Uint8Array>;
  /** A file to be read part by part. A platform that cannot leaves it out: files are read whole then. @throws FILE_NOT_FOUND */
  open?(path: string): Promise<FileBytes>;
  /** `file`, `folder`, or undefined where nothing is. */
  kind(path: string): Promise<'file' | 'folder' | undefined>;
  /** Names in a folder, sorted. @throws FILE_NOT_FOUND */
  list(path: string): Promise<readonly string[]>;
  /**
   * Writes a file whole: beside its place, synced, renamed. A reader sees the old bytes or the new ones, never a part.
   * @throws FILE_WRITE_FAILED
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes a folder whole, the same way. @param files bytes by name relative to the folder
   * @throws FILE_EXISTS when the place is taken and `replace` is not set; FILE_WRITE_FAILED
   */
  writeFolder(path: string, files: ReadonlyMap<string, Uint8Array>, options?: { replace?: boolean }): Promise<void>;
  /** Adds bytes at the end of a file, which is made where there is none: for logs. A platform without it leaves it out. */
  append?(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Moves a file to another place on the same disk, over what is there, in one step. A platform without it leaves it out.
   * @throws FILE_WRITE_FAILED
   */
  rename?(from: string, to: string): Promise<void>;
  /**
   * Takes a place for this process until it is released or the process ends, however it ends. The file that says so is made
   * and removed. A platform without processes leaves it out.
   * @returns what releases it
   * @throws FILE_EXISTS where another process has it; FILE_WRITE_FAILED
   */
  lock?(path: string): Promise<() => Promise<void>>;
  /** Removes a file or folder; nothing happens where there is none. */
  remove(path: string): Promise<void>;
  join(...parts: string[]): string;
  /**
   * The folder of an installed npm package; undefined where there is none of this name. A platform without packages
   * leaves it out, as the two below.
   * @param from folder or name of the package that depends on it, where it is not the program's own dependency
   */
  packageFolder?(name: string, from?: string): Promise<string | undefined>;
  /** Names of the installed npm packages whose package.json has the key `adapterfusion`, sorted. Runs none of their code. */
  packages?(): Promise<readonly string[]>;
  /** Imports an installed npm package by its folder, which runs its code. @returns what it exports */
  importPackage?(folder: string): Promise<{ readonly [name: string]: unknown }>;
}
