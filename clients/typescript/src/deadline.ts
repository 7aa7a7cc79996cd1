/** Ends a request on its caller's wish, or when nothing came for too long. */
export class Deadline {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isEnded = false;
  /** Whether the time ran out. */
  isOver = false;

  /** `ms` 0 sets no time. The caller calls `end` when the request is done. */
  constructor(
    private readonly ms: number,
    private readonly wish: AbortSignal | undefined,
  ) {
    if (wish?.aborted) this.follow();
    wish?.addEventListener("abort", this.follow);
    this.restart();
  }

  /** Ends the request. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Begin to count anew: something came or went. Returns whether the request goes on. */
  restart(): boolean {
    clearTimeout(this.timer);
    if (this.ms > 0 && !this.isEnded) {
      this.timer = setTimeout(() => {
        this.isOver = true;
        this.controller.abort();
      }, this.ms);
    }
    return !this.isEnded;
  }

  /** Count no longer. */
  end(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
    this.wish?.removeEventListener("abort", this.follow);
  }

  private readonly follow = (): void => this.controller.abort(this.wish?.reason);
}

/** Wait. Throws the signal's reason where it ends the wait. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
