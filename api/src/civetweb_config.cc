#include "civetweb_config.h"

#include "api/http_server.h"

namespace proxy_telemetry {

std::vector<std::pair<std::string, std::string>> CivetwebOptions(const std::vector<ListenAddress>& addresses) {
  std::string listen;
  for (const auto& address : addresses) listen.append(listen.empty() ? "" : ",").append(address.ToString());
  return {
      {"listening_ports", listen},
      {"num_threads", std::to_string(kHttpThreads)},
      // Accepted connections wait here for a thread, further ones in the system's backlog.
      {"connection_queue", "256"},
      {"listen_backlog", "1024"},
      {"max_request_size", std::to_string(kHttpHeaderBytesMax)},
      {"request_timeout_ms", std::to_string(kHttpHeadMs)},
      {"enable_keep_alive", "yes"},
      {"keep_alive_timeout_ms", std::to_string(kHttpKeepAliveMs)},
      // An answer leaves in one or two writes: nothing to gather, and a pipelined one must not wait for an ACK.
      {"tcp_nodelay", "1"},
      // Targets are decoded by this project, once.
      {"decode_url", "no"},
      // "GET http://ours/metrics" is meant for us whatever the name.
      {"enable_auth_domain_check", "no"},
      {"enable_directory_listing", "no"},
      // By default civetweb allows every preflight itself.
      {"access_control_allow_origin", ""},
      {"access_control_allow_methods", ""},
      {"access_control_allow_headers", ""},
  };
}

}  // namespace proxy_telemetry
