-- recursion without end
-- expect: memory
local function deep(n) return 1 + deep(n + 1) end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return deep(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
