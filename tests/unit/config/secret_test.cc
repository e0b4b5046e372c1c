#include <sys/stat.h>

#include <string>

#include "load.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;

std::string Value(const Secret& secret) {
  const Result<std::string> value = ReadSecret(secret);
  EXPECT_TRUE(value.ok()) << value.status().message();
  return value.ok() ? *value : "";
}

TEST(Secret, IsItsValueWhenItHasNoFile) {
  EXPECT_EQ(Value({"pw\n", ""}), "pw\n");
  EXPECT_EQ(Value({}), "");
}

TEST(Secret, IsReadFromItsFileEachTime) {
  const ScratchDir dir;
  const std::string file = dir.Write("pw", "old\n");
  EXPECT_EQ(Value({"ignored", file}), "old");
  dir.Write("pw", "new");
  EXPECT_EQ(Value({"ignored", file}), "new");
}

TEST(Secret, LosesOneNewlineAndNothingElse) {
  const ScratchDir dir;
  EXPECT_EQ(Value({"", dir.Write("a", " pw \r\n")}), " pw ");
  EXPECT_EQ(Value({"", dir.Write("b", std::string(kSecretBytesMax - 1, 'x') + "\n")}),
            std::string(kSecretBytesMax - 1, 'x'));
}

TEST(Secret, ThatCannotBeUsedSaysItsFileAndWhyButNotItself) {
  const ScratchDir dir;
  const auto why = [](const std::string& file) { return ReadSecret({"", file}).status().message(); };
  EXPECT_EQ(why(dir.path() / "none"),
            "secret file " + dir.path().string() + "/none: cannot be read: No such file or directory");
  EXPECT_EQ(why(dir.path()), "secret file " + dir.path().string() + ": is a directory, not a file");
  EXPECT_EQ(why(dir.Write("e", "\n")), "secret file " + dir.path().string() + "/e: is empty");
  EXPECT_EQ(why(dir.Write("l", "hush\nhush\n")), "secret file " + dir.path().string() + "/l: must hold one line");
  EXPECT_EQ(why(dir.Write("n", std::string("hu\0sh", 5))),
            "secret file " + dir.path().string() + "/n: must hold one line");
  EXPECT_EQ(why(dir.Write("b", std::string(kSecretBytesMax + 1, 'x'))),
            "secret file " + dir.path().string() + "/b: is larger than 65536 bytes");
}

TEST(Secret, FromAPipeWithoutWriterFailsInsteadOfWaiting) {
  const ScratchDir dir;
  const std::string pipe = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ReadSecret({"", pipe}).status().message(), HasSubstr("is not a regular file"));
}

}  // namespace
}  // namespace proxy_telemetry
