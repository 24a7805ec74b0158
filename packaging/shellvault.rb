# A template: packaging/formula fills in what stands between @ signs, and the resources.
class Shellvault < Formula
  include Language::Python::Virtualenv

  desc "@DESCRIPTION@"
  homepage "@HOMEPAGE@"
  url "@URL@"
  sha256 "@SHA256@"
  license "MIT"

  depends_on "cryptography" => :no_linkage # compiled, with cffi, by Homebrew
  depends_on "python@3.13"

  # @RESOURCES@

  def install
    virtualenv_install_with_resources
    man1.install_symlink libexec/"share/man/man1/shellvault.1"
    bash_completion.install_symlink libexec/"share/bash-completion/completions/shellvault"
    zsh_completion.install_symlink libexec/"share/zsh/site-functions/_shellvault"
    fish_completion.install_symlink libexec/"share/fish/vendor_completions.d/shellvault.fish"
  end

  test do
    assert_equal "shellvault #{version}", shell_output("#{bin}/shellvault --version").strip
    assert_match "__shellvault_program=", shell_output("#{bin}/shellvault hook bash")
  end
end
