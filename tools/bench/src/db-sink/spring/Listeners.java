import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The two ways to read: as the article does, a record at a time, and a whole poll at a time. One transaction each. */
final class Listeners {
  private final JsonMapper json = JsonMapper.builder().build();
  private final TransactionTemplate transactions;
  private final CallTable calls;
  private final CallTable bodies;
  private final Progress progress;

  Listeners(TransactionTemplate transactions, CallTable calls, CallTable bodies, Progress progress) {
    this.transactions = transactions;
    this.calls = calls;
    this.bodies = bodies;
    this.progress = progress;
  }

  @KafkaListener(id = "record", idIsGroup = false, topics = "${topic}", containerFactory = "records", autoStartup = "${isRecord}")
  void receive(String line) {
    if (progress.isComplete()) return;
    long begun = progress.begin();
    JsonNode call = json.readTree(line);
    transactions.executeWithoutResult(
        status -> {
          calls.insert(call);
          if (hasBody(call)) bodies.insert(call);
        });
    progress.committed(1, begun);
  }

  @KafkaListener(id = "batch", idIsGroup = false, topics = "${topic}", containerFactory = "batches", autoStartup = "${isBatch}")
  void receiveAll(List<String> lines) {
    if (progress.isComplete()) return;
    long begun = progress.begin();
    List<JsonNode> read = new ArrayList<>(lines.size());
    for (String line : lines) read.add(json.readTree(line));
    transactions.executeWithoutResult(
        status -> {
          calls.insertAll(read);
          bodies.insertAll(read.stream().filter(Listeners::hasBody).toList());
        });
    progress.committed(lines.size(), begun);
  }

  private static final Set<String> bodyFields = Set.of("requestHeaders", "responseHeaders", "requestContent", "responseContent");

  private static boolean hasBody(JsonNode call) {
    return bodyFields.stream().anyMatch(call::has);
  }
}
