import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** A MongoDB wire server in memory, for tests: prints its address and lives until its input ends. */
public class WireServer {
  /** The driver speaks to servers of wire version 9 and newer; this one answers as a 5.0 does. */
  record Version() implements MongoVersion {
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    public int getWireVersion() {
      return 13;
    }
  }

  public static void main(String[] arguments) throws Exception {
    H2Backend backend = H2Backend.inMemory();
    backend.version(new Version());
    MongoServer server = new MongoServer(backend);
    System.out.println(server.bindAndGetConnectionString());
    System.in.readAllBytes();
    server.shutdownNow();
  }
}
