-- a stack of calls with many values
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 190 do t[i] = i end
    local function deep(n) return n, deep(table.unpack(t)) end
    return deep(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
