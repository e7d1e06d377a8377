-- more upvalues than there may be
-- expect: fault too many
--* 100 local a@ = @\n
local function f()
--* 100 local b@ = @\n
  local function g()
--* 60 local c@ = @\n
    return function() return 0
--* 100  + a@
--* 100  + b@
--* 60  + c@
 end
  end
end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
