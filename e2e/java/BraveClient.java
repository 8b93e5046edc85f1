import brave.Span;
import brave.Tracing;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import zipkin2.reporter.AsyncReporter;
import zipkin2.reporter.SpanBytesEncoder;
import zipkin2.reporter.brave.ZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

/**
 * Sends spans with Brave.
 *
 * <p>{@code java -cp ... BraveClient.java URL ENCODING COUNT}: URL is the whole address of the spans endpoint,
 * ENCODING is JSON_V1, JSON_V2, THRIFT or PROTO3. Makes COUNT traces of two spans (SERVER with a CLIENT child) and prints
 * their ids as a JSON list.
 */
public class BraveClient {
    public static void main(String[] args) throws Exception {
        SpanBytesEncoder encoder = SpanBytesEncoder.valueOf(args[1]);
        URLConnectionSender sender = URLConnectionSender.newBuilder().endpoint(args[0]).encoding(encoder.encoding()).build();
        AsyncReporter<zipkin2.Span> reporter = AsyncReporter.builder(sender).closeTimeout(60, TimeUnit.SECONDS).build(encoder);
        Tracing tracing = Tracing.newBuilder().localServiceName("brave-" + args[1].toLowerCase().replace('_', '-'))
            .traceId128Bit(true).addSpanHandler(ZipkinSpanHandler.create(reporter)).build();
        ArrayList<String> ids = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            Span server = tracing.tracer().newTrace().kind(Span.Kind.SERVER).name("get /basket").tag("basket.items", String.valueOf(i)).start();
            server.annotate("looked up");
            ids.add('"' + server.context().traceIdString() + '"');
            Span client = tracing.tracer().newChild(server.context()).kind(Span.Kind.CLIENT).name("select baskets").remoteServiceName("shop-db").start();
            client.tag("error", "no answer");
            client.finish();
            server.finish();
        }
        for (int i = 0; i < 100; i++) {
            reporter.flush(); // one message at a time; what is pending at close() is dropped
        }
        reporter.close();
        tracing.close();
        sender.close();
        System.out.println(ids);
    }
}
