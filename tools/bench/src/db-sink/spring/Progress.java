import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/** Times commits from the first record on, and says the figures when all records are there. Used by one thread. */
final class Progress {
  private final int messages;
  private final long[] commitNanos;
  private int commits;
  private int stored;
  private long firstNanos;
  private long firstCpuNanos;
  private long lastCommitNanos;
  private long stallNanosMax;

  Progress(int messages) {
    this.messages = messages;
    this.commitNanos = new long[messages];
  }

  boolean isComplete() {
    return stored >= messages;
  }

  /** A record or a batch is here. */
  long begin() {
    long now = System.nanoTime();
    if (firstNanos == 0) {
      firstNanos = now;
      lastCommitNanos = now;
      firstCpuNanos = cpuNanos();
    }
    return now;
  }

  /** It is committed. */
  void committed(int records, long begunNanos) {
    long now = System.nanoTime();
    commitNanos[commits] = now - begunNanos;
    commits += 1;
    stored += records;
    stallNanosMax = Math.max(stallNanosMax, now - lastCommitNanos);
    lastCommitNanos = now;
    if (isComplete()) say();
  }

  private void say() {
    long[] sorted = Arrays.copyOf(commitNanos, commits);
    Arrays.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "result {\"rows\":%d,\"seconds\":%.4f,\"cpuSeconds\":%.3f,\"transactions\":%d,\"commitP99Ms\":%.2f,\"stallMaxMs\":%.2f}%n",
        stored,
        (lastCommitNanos - firstNanos) / 1e9,
        (cpuNanos() - firstCpuNanos) / 1e9,
        commits,
        sorted[Math.max(0, (int) Math.ceil(commits * 0.99) - 1)] / 1e6,
        stallNanosMax / 1e6);
    System.out.flush();
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }
}
