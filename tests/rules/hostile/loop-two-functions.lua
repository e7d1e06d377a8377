-- two functions that call each other at their ends
-- expect: instructions
local ping
local function pong(n) return ping(n + 1) end
ping = function(n) return pong(n + 1) end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ping(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
