{
  description = "Git credential helper that answers with a live OAuth2 access token";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "riscv64-linux" "x86_64-darwin" "aarch64-darwin" ];
      package =
        pkgs:
        pkgs.buildGoModule {
          pname = "@name@";
          version = "@version@";
          src = pkgs.fetchurl {
            url = "@download@/@source@";
            sha256 = "@source_sha256@";
          };
          vendorHash = "@vendor_hash@";
          subPackages = [ "." ];
          tags = [ "urfave_cli_no_docs" "nethttpomithttp2" ];
          ldflags = [ "-s" "-w" "-X main.version=@version@" "-X main.commit=@commit@" ];
          env.CGO_ENABLED = if pkgs.stdenv.hostPlatform.isDarwin then "1" else "0"; # for the keychain
          doCheck = false; # the tests want git, a keyring and a network
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            installManPage docs/git-credential-grant.1
            installShellCompletion --bash --name git-credential-grant docs/completions/git-credential-grant.bash
            installShellCompletion --zsh docs/completions/_git-credential-grant
            installShellCompletion --fish docs/completions/git-credential-grant.fish
          '';
          meta = {
            homepage = "@repository@";
            license = pkgs.lib.licenses.mit;
            mainProgram = "git-credential-grant";
          };
        };
    in
    {
      packages = nixpkgs.lib.genAttrs systems (system: {
        default = package nixpkgs.legacyPackages.${system};
      });
    };
}
