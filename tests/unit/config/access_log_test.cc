// access_log: where lines come from, their format, and the buckets of /metrics.
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kLog = "scrape_configs[0].access_log";

AccessLogConfig GoodLog(const std::string& keys) {
  return GoodJob({"access_log: {" + keys + "}"}).access_log.value_or(AccessLogConfig{});
}

// One wrong value of access_log; `column` counts within the braces, from 1.
void ExpectBadLog(const std::string& keys, std::size_t column, const std::string& error) {
  ExpectBadJobs({{{"access_log: {" + keys + "}"}, {"3:" + std::to_string(17 + column) + ": " + kLog + error}}});
}

TEST(AccessLog, OfAListenerHasTheUsualDefaults) {
  const AccessLogConfig log = GoodLog("listen: 'unixgram:/run/x.sock'");
  EXPECT_EQ(log.listen, "unixgram:/run/x.sock");
  EXPECT_EQ(log.file, "");
  EXPECT_EQ(log.format, "json");
  EXPECT_FALSE(log.from_beginning);
  EXPECT_EQ(log.socket_mode, 0666U);
  EXPECT_THAT(log.buckets, IsEmpty());
  EXPECT_FALSE(GoodJob({"proxy: nginx"}).access_log.has_value());
}

TEST(AccessLog, TakesEveryKey) {
  const AccessLogConfig socket = GoodLog("listen: 'unixgram:/x', mode: '0620', format: combined, buckets: [0.0025, 1]");
  EXPECT_EQ(socket.socket_mode, 0620U);
  EXPECT_EQ(socket.format, "combined");
  EXPECT_THAT(socket.buckets, ElementsAre(0.0025, 1));
  EXPECT_EQ(GoodLog("listen: 'unixgram:/x', mode: 0600").socket_mode, 0600U);
  EXPECT_EQ(GoodLog("listen: 'unixgram:/x', mode: 777").socket_mode, 0777U);
  const AccessLogConfig file = GoodLog("file: access.log, from: beginning, format: '$host $status'");
  EXPECT_EQ(file.file, "/etc/pt/access.log");
  EXPECT_TRUE(file.from_beginning);
  EXPECT_EQ(file.format, "$host $status");
  EXPECT_FALSE(GoodLog("file: /x, from: end").from_beginning);
}

TEST(AccessLog, ListensAtASocketOrAtUdp) {
  for (const std::string& listen : {std::string("udp://127.0.0.1:5140"), std::string("udp://[::1]:514"),
                                    std::string("udp://localhost:65535"), "unixgram:/" + std::string(106, 'p')}) {
    EXPECT_EQ(GoodLog("listen: '" + listen + "'").listen, listen);
  }
  for (const std::string listen : {"tcp:1", "udp:127.0.0.1:1", "udp://127.0.0.1", "udp://[::1]", "udp://:5140",
                                   "udp://x:0", "udp://unix:/x", "udp://", "unix:/x", "", "/run/x"}) {
    ExpectBadLog("listen: '" + listen + "'", 9,
                 ".listen: must be unixgram:/path or udp://host:port, not \"" + listen + "\"");
  }
  ExpectBadLog("listen: 'unixgram:x'", 9,
               ".listen: the path behind unixgram: must be absolute, as in unixgram:/run/proxy-telemetry/nginx.sock");
  ExpectBadLog("listen: 'unixgram:/" + std::string(107, 'p') + "'", 9,
               ".listen: the path behind unixgram: is longer than 107 bytes, the system's limit");
}

TEST(AccessLog, NeedsListenOrFileAndNotBoth) {
  ExpectBadJobs({
      {{"access_log: {}"},
       {"3:5: " + kLog + ": needs listen, where the proxy sends its log, or file, where it writes it"}},
      {{"access_log: {file: /x, listen: 'udp://a:1'}"}, {"3:28: " + kLog + ".listen: excludes file; keep one of them"}},
      {{"access_log: /var/log/x"}, {"3:17: " + kLog + ": must be a map of keys, not a single value"}},
      {{"access_log: {file: /x, fromat: json}"},
       {"3:28: " + kLog + ".fromat: unknown key; expected one of listen, file, format, from, mode or buckets"}},
  });
}

TEST(AccessLog, OfTwoJobsCannotListenAtOneAddress) {
  ExpectBad(
      {{"scrape_configs:\n  - {job_name: a, access_log: {listen: 'udp://h:1'}}\n"
        "  - {job_name: b, access_log: {listen: 'udp://h:1'}}\n",
        {"3:40: scrape_configs[1].access_log.listen: is that of scrape_configs[0].access_log.listen too; each "
         "job needs its own"}}});
}

TEST(AccessLog, FormatsAreKnownWordsOrHoldVariables) {
  for (const std::string format : {"json", "combined", "vhost_combined", "$remote_addr - \"$request\" $status"}) {
    EXPECT_EQ(GoodLog("file: /x, format: '" + format + "'").format, format);
  }
  ExpectBadLog("file: /x, format: jsn", 19,
               ".format: must be json, combined, vhost_combined or an nginx log_format such as '$host $status', not "
               "\"jsn\"");
  ExpectBadLog("file: /x, format: ''", 19, ".format: must not be empty");
}

TEST(AccessLog, KeysThatBelongToTheOtherSourceAreRefused) {
  ExpectBadLog("listen: 'udp://a:1', from: end", 22, ".from: goes with file only; remove it");
  ExpectBadLog("listen: 'udp://a:1', mode: 0600", 22, ".mode: goes with listen: unixgram:/path only; remove it");
  ExpectBadLog("file: /x, mode: 0600", 11, ".mode: goes with listen: unixgram:/path only; remove it");
  ExpectBadLog("file: /x, from: start", 17, ".from: must be end or beginning, not \"start\"");
}

TEST(AccessLog, ModesAreOctalPermissions) {
  for (const std::string mode : {"0999", "66", "1777", "00777", "0x1ff", "0o660", "rw-rw----", "-660", ""}) {
    ExpectBadLog("listen: 'unixgram:/x', mode: '" + mode + "'", 30,
                 ".mode: must be permissions in octal such as \"0660\", not \"" + mode + "\"");
  }
}

TEST(AccessLog, BucketsAreFineBoundsInOrder) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"0", "\"0\" must be a number of seconds above 0; +Inf is there by itself"},
      {"-1", "\"-1\" must be a number of seconds above 0; +Inf is there by itself"},
      {"+Inf", "\"+Inf\" must be a number of seconds above 0; +Inf is there by itself"},
      {"NaN", "\"NaN\" must be a number of seconds above 0; +Inf is there by itself"},
      {"0.00009", "\"0.00009\" must be from 0.0001 to 100 seconds"},
      {"100.1", "\"100.1\" must be from 0.0001 to 100 seconds"},
      {"0.0026", "\"0.0026\" is none of the bounds that requests are counted in; the nearest are 0.0025 and 0.00275"},
      {"98", "\"98\" is none of the bounds that requests are counted in; the nearest are 96 and 100"},
      {"1e400", "\"1e400\" is not a number of seconds such as 0.25"},
      {"5ms", "\"5ms\" is not a number of seconds such as 0.25"},
      {"''", "\"\" is not a number of seconds such as 0.25"},
  };
  for (const auto& [bucket, error] : bad) {
    ExpectBadLog("file: /x, buckets: [" + bucket + "]", 21, ".buckets[0]: " + error);
  }
  ExpectBadLog("file: /x, buckets: [1, 1]", 24, ".buckets[1]: \"1\" must be above the bucket before it, 1");
  ExpectBadLog("file: /x, buckets: [1, 0.5, 2]", 24, ".buckets[1]: \"0.5\" must be above the bucket before it, 1");
  ExpectBadLog("file: /x, buckets: []", 20, ".buckets: must hold at least one number; leave it out for the usual ones");
  EXPECT_THAT(GoodLog("file: /x, buckets: [0.0001, 2.5e-3, 0.25, 100]").buckets,
              ElementsAre(0.0001, 0.0025, 0.25, 100));
}

TEST(AccessLog, BucketsAreAsManyAsTheLimitAndNoMore) {
  std::string buckets = "0.0001";
  std::size_t count = 1;
  for (const int decade : {4, 3, 2}) {
    for (const char* mantissa : {"11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "22",
                                 "24", "25", "30", "33", "36", "39", "42", "46", "50", "55"}) {
      buckets += std::string(", ") + mantissa + "e-" + std::to_string(decade + 1);
      ++count;
    }
  }
  ASSERT_EQ(count, 64U);
  EXPECT_EQ(GoodLog("file: /x, buckets: [" + buckets + "]").buckets.size(), 64U);
  ExpectBadLog("file: /x, buckets: [" + buckets + ", 1]", 20, ".buckets: must hold at most 64 numbers");
}

TEST(AccessLog, HasNoUseForKeysThatFetchPages) {
  const std::string why =
      ": has no use beside access_log, which fetches nothing; remove it, or make it a job of its own";
  const std::vector<std::string> lines{"static_configs: []",
                                       "file_sd_configs: []",
                                       "relabel_configs: []",
                                       "mapping: {host: h, requests: {metric: m}}",
                                       "scheme: https",
                                       "metrics_path: /",
                                       "params: {}",
                                       "basic_auth: {username: u}",
                                       "tls_config: {}",
                                       "headers: {}",
                                       "scrape_timeout: 1s",
                                       "honor_labels: true",
                                       "follow_redirects: true",
                                       "body_size_limit: 0"};
  for (const std::string& line : lines) {
    const std::string key = line.substr(0, line.find(':'));
    ExpectBadJobs({{{line, "access_log: {file: /x}"}, {"3:5: scrape_configs[0]." + key + why}}});
  }
  Good(JobText({"access_log: {file: /x}", "proxy: nginx", "scrape_interval: 5s", "host_limit: 5", "hosts: []",
                "metric_relabel_configs: []", "sample_limit: 5"}));
}

}  // namespace
}  // namespace proxy_telemetry
