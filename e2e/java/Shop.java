import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.logging.Logger;

/**
 * A service and its client in one program, without a word of telemetry: OpenTelemetry's Java agent adds that.
 *
 * <p>{@code java -javaagent:... Shop.java COUNT} makes COUNT requests and prints their trace ids as a
 * JSON list. The ids come from the traceparent headers that the agent sends along.
 */
public class Shop {
    private static final Logger LOG = Logger.getLogger("shop");

    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/basket", exchange -> {
            String parent = exchange.getRequestHeaders().getFirst("traceparent");
            LOG.warning("a basket is slow");
            byte[] body = String.valueOf(parent).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/basket");
        HttpClient client = HttpClient.newHttpClient();
        ArrayList<String> ids = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            String parent = client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString()).body();
            ids.add('"' + parent.split("-")[1] + '"');
        }
        server.stop(0);
        System.out.println(ids);
        System.exit(0); // the agent exports what it holds before the process ends
    }
}
