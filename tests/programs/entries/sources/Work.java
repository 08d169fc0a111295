/* Work.java: real work for java, on what it has built in. */
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import java.util.zip.*;

public class Work {
    record Row(int id, String name) {}

    static Map<String, Long> grouped(int count) {
        return IntStream.range(0, count).parallel().mapToObj(i -> new Row(i, "name " + i * 7919 % 1009))
            .collect(Collectors.groupingBy(Row::name, TreeMap::new, Collectors.counting()));
    }

    static int packed(byte[] text) throws IOException, DataFormatException {
        var out = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(out)) {
            zip.write(text);
        }
        try (var in = new GZIPInputStream(new ByteArrayInputStream(out.toByteArray()))) {
            return in.readAllBytes().length;
        }
    }

    static long inThreads(int count) throws Exception {
        var pool = Executors.newFixedThreadPool(8);
        var asked = new ArrayList<Future<Long>>();
        for (int i = 0; i < count; i++) {
            final int number = i;
            asked.add(pool.submit(() -> {
                ByteBuffer room = ByteBuffer.allocateDirect(1 << 16);
                for (int at = 0; at < room.capacity(); at += 8)
                    room.putLong(at, (long) at * number);
                return room.getLong(4096);
            }));
        }
        long sum = 0;
        for (var answer : asked)
            sum += answer.get();
        pool.shutdown();
        return sum;
    }

    static int served(int count) throws Exception {
        try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var thread = new Thread(() -> {
                try {
                    for (int i = 0; i < count; i++)
                        try (var client = server.accept()) {
                            client.getOutputStream().write(("answer " + i).getBytes());
                        }
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
            thread.start();
            int total = 0;
            for (int i = 0; i < count; i++)
                try (var socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    total += socket.getInputStream().readAllBytes().length;
                }
            thread.join();
            return total;
        }
    }

    public static void main(String[] words) throws Exception {
        var groups = grouped(200_000);
        System.out.println(groups.size() + " " + groups.get("name 7"));
        var text = groups.toString().getBytes();
        System.out.println(packed(text) == text.length);
        var hash = MessageDigest.getInstance("SHA-256").digest(text);
        System.out.println(HexFormat.of().formatHex(hash));
        System.out.println(inThreads(200) + " " + served(100));
        var garbage = new ArrayDeque<byte[]>();
        for (int i = 0; i < 20_000; i++) {
            garbage.add(new byte[i % 20_000]);
            if (garbage.size() > 500)
                garbage.poll();
        }
        System.gc();
        var child = new ProcessBuilder("echo", "from a child").redirectErrorStream(true).start();
        System.out.println(new String(child.getInputStream().readAllBytes()).trim() + " " + child.waitFor());
    }
}
