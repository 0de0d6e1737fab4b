class GitCredentialGrant < Formula
  desc "Git credential helper that answers with a live OAuth2 access token"
  homepage "@repository@"
  url "@download@/@source@"
  version "@version@"
  sha256 "@source_sha256@"
  license "MIT"

  depends_on "go" => :build

  def install
    ENV["CGO_ENABLED"] = "1" if OS.mac? # for the keychain
    ldflags = "-s -w -X main.version=#{version} -X main.commit=@commit@"
    system "go", "build", *std_go_args(ldflags:, tags: "urfave_cli_no_docs,nethttpomithttp2")
    man1.install "docs/git-credential-grant.1"
    bash_completion.install "docs/completions/git-credential-grant.bash" => "git-credential-grant"
    zsh_completion.install "docs/completions/_git-credential-grant"
    fish_completion.install "docs/completions/git-credential-grant.fish"
  end

  def caveats
    "Next: git-credential-grant setup https://bitbucket.org"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/git-credential-grant --version")
  end
end
