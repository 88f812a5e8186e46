import { fileURLToPath } from 'node:url';
import type { Shell } from './completion.ts';

const ourBinary = fileURLToPath(new URL('../../bin/incentive-sync.js', import.meta.url));

/**
 * The script calls the Node and the file that printed it, so that Tab answers at once also where the command is run by
 * `npx`; where one of them is gone, whatever `incentive-sync` is on the PATH.
 */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell](shellQuoted(process.execPath), shellQuoted(ourBinary));
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const bash = (
  node: string,
  cli: string,
): string => `# bash completion of incentive-sync; see: incentive-sync completion --help
_incentive_sync_ask() {
  local node=${node} cli=${cli}
  if [[ -x $node && -f $cli ]]; then "$node" "$cli" __complete -- "$@"
  else command incentive-sync __complete -- "$@"; fi 2>/dev/null </dev/null
}

_incentive_sync() {
  local first=\${1:-1} line word
  local -a words=("\${COMP_WORDS[@]:first:COMP_CWORD-first+1}")
  COMPREPLY=()
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
      *) printf -v word %q "$word"; COMPREPLY+=("$word") ;;
    esac
  done < <(_incentive_sync_ask "\${words[@]}")
}

_incentive_sync_command() { _incentive_sync 1; }

_incentive_sync_npx() {
  local at
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} == incentive-sync ]] && { _incentive_sync $((at + 1)); return; }
  done
  COMPREPLY=()
  [[ incentive-sync == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY=(incentive-sync)
}

complete -F _incentive_sync_command incentive-sync
complete -p npx &>/dev/null || complete -o default -F _incentive_sync_npx npx
`;

const zsh = (node: string, cli: string): string => `#compdef incentive-sync
# zsh completion of incentive-sync; see: incentive-sync completion --help
_incentive_sync_ask() {
  local node=${node} cli=${cli}
  if [[ -x $node && -f $cli ]]; then "$node" "$cli" __complete -- "$@"
  else command incentive-sync __complete -- "$@"; fi 2>/dev/null </dev/null
}

_incentive-sync() {
  local at=1 line word paths
  local -a found
  [[ \${words[1]:t} == npx ]] && at=\${words[(i)incentive-sync]}
  if (( at >= CURRENT )); then
    compadd incentive-sync
    _files
    return
  fi
  while IFS= read -r line; do
    case $line in
      :files) paths=files ;;
      :folders) paths=folders ;;
      *) word=\${line%%$'\\t'*}; found+=("\${word//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(_incentive_sync_ask "\${(Q)words[@]:$at:$((CURRENT - at))}")
  (( \${#found} )) && _describe -t values incentive-sync found
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}

if [[ $funcstack[1] == _incentive-sync ]]; then
  _incentive-sync "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _incentive-sync incentive-sync
  (( $+_comps[npx] )) || compdef _incentive-sync npx
fi
`;

const fish = (
  node: string,
  cli: string,
): string => `# fish completion of incentive-sync; see: incentive-sync completion --help
function __incentive_sync_ask
    set -l node ${node}
    set -l cli ${cli}
    if test -x $node -a -f $cli
        $node $cli __complete -- $argv 2>/dev/null </dev/null
    else
        command incentive-sync __complete -- $argv 2>/dev/null </dev/null
    end
end

function __incentive_sync_complete
    set -l typed (commandline -opc)
    set -l at (contains -i -- incentive-sync $typed; or echo 1)
    set -l words $typed[(math $at + 1)..-1]
    test (count $typed) -le $at; and set words
    set -l current (commandline -ct)
    for line in (__incentive_sync_ask $words "$current")
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current" ''
            case '*'
                echo $line
        end
    end
end

function __incentive_sync_by_npx
    contains -- incentive-sync (commandline -opc)
end

complete -c incentive-sync -f -a '(__incentive_sync_complete)'
complete -c npx -n __incentive_sync_by_npx -f -a '(__incentive_sync_complete)'
`;
